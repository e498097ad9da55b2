"""Tokens of service accounts: issued, checked, and gone with what they are bound to."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mini_server.authn.interface import InvalidCredentials, UserInfo
from mini_server.authn.serviceaccount import Bound, ServiceAccountTokens
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.authn.certificates import write_key

ISSUER = "https://issuer.example"
Objects = dict[tuple[str, str, str], str]


class Issuer:
    """Tokens over objects that a test may take away."""

    def __init__(self, key: Path, *, issuer: str = ISSUER, audiences: tuple[str, ...] = ("api",)) -> None:
        self.clock = FakeClock()
        self.objects: Objects = {
            ("serviceaccounts", "ns", "robot"): "sa-uid",
            ("pods", "ns", "p"): "pod-uid",
            ("secrets", "ns", "s"): "secret-uid",
            ("nodes", "", "n"): "node-uid",
        }
        self.tokens = ServiceAccountTokens(key, issuer, audiences, self.clock, self._uid)

    def _uid(self, resource: str, namespace: str, name: str) -> str | None:
        return self.objects.get((resource, namespace, name))

    def token(self, *, audiences: tuple[str, ...] = (), bound: Bound | None = None, seconds: int = 600) -> str:
        issued = self.tokens.issue("ns", "robot", "sa-uid", seconds=seconds, audiences=audiences, bound=bound)
        return issued.token


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_key(tmp_path_factory.mktemp("keys") / "sa.key", ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def issuer(key: Path) -> Issuer:
    return Issuer(key)


def part(token: str, index: int) -> dict[str, Any]:
    text = token.split(".")[index]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def encoded(obj: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(obj).encode()).rstrip(b"=").decode()


def user_of(issuer: Issuer, token: str, audiences: tuple[str, ...] = ()) -> UserInfo:
    found = issuer.tokens.authenticate(token, audiences)
    assert found is not None
    return found[0]


def test_claims_are_those_of_bound_tokens(issuer: Issuer) -> None:
    claims = part(issuer.token(bound=Bound("Pod", "p", "pod-uid")), 1)
    now = int(issuer.clock.now().timestamp())
    assert claims.pop("jti")
    assert claims == {
        "aud": ["api"],
        "exp": now + 600,
        "iat": now,
        "nbf": now,
        "iss": ISSUER,
        "sub": "system:serviceaccount:ns:robot",
        "kubernetes.io": {
            "namespace": "ns",
            "serviceaccount": {"name": "robot", "uid": "sa-uid"},
            "pod": {"name": "p", "uid": "pod-uid"},
        },
    }


def test_the_user_is_the_account_with_its_groups(issuer: Issuer) -> None:
    token = issuer.token()
    assert user_of(issuer, token) == UserInfo(
        "system:serviceaccount:ns:robot",
        "sa-uid",
        ("system:serviceaccounts", "system:serviceaccounts:ns"),
        {"authentication.kubernetes.io/credential-id": (f"JTI={part(token, 1)['jti']}",)},
    )


@pytest.mark.parametrize(
    ("bound", "extra"),
    [
        (Bound("Pod", "p", "pod-uid"), {"pod-name": ("p",), "pod-uid": ("pod-uid",)}),
        (Bound("Node", "n", "node-uid"), {"node-name": ("n",), "node-uid": ("node-uid",)}),
        (Bound("Secret", "s", "secret-uid"), {}),
    ],
)
def test_what_a_token_is_bound_to_is_told(issuer: Issuer, bound: Bound, extra: dict[str, tuple[str, ...]]) -> None:
    found = dict(user_of(issuer, issuer.token(bound=bound)).extra)
    found.pop("authentication.kubernetes.io/credential-id")
    assert found == {f"authentication.kubernetes.io/{name}": value for name, value in extra.items()}


def test_a_pods_node_is_told_and_does_not_decide(issuer: Issuer) -> None:
    pod, node = Bound("Pod", "p", "pod-uid"), Bound("Node", "gone", "another-uid")
    token = issuer.tokens.issue("ns", "robot", "sa-uid", seconds=600, bound=pod, node=node).token
    extra = user_of(issuer, token).extra
    assert extra["authentication.kubernetes.io/node-name"] == ("gone",)
    assert extra["authentication.kubernetes.io/node-uid"] == ("another-uid",)
    assert extra["authentication.kubernetes.io/pod-name"] == ("p",)


@pytest.mark.parametrize(
    ("issued_for", "asked_for", "matching"),
    [
        ((), (), ("api",)),
        (("api",), (), ("api",)),
        (("vault", "api"), (), ("api",)),
        (("vault",), ("vault",), ("vault",)),
        (("vault", "other"), ("other", "more"), ("other",)),
        (("vault",), (), None),
        ((), ("vault",), None),
    ],
)
def test_audiences_must_meet(
    issuer: Issuer, issued_for: tuple[str, ...], asked_for: tuple[str, ...], matching: tuple[str, ...] | None
) -> None:
    token = issuer.token(audiences=issued_for)
    if matching is None:
        with pytest.raises(InvalidCredentials, match="audiences"):
            issuer.tokens.authenticate(token, asked_for)
    else:
        found = issuer.tokens.authenticate(token, asked_for)
        assert found is not None
        assert found[1] == matching


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (599, True), (600, True), (601, False), (10**9, False)])
def test_a_token_ends(issuer: Issuer, seconds: int, good: bool) -> None:
    token = issuer.token(seconds=600)
    issuer.clock.advance(seconds)
    if good:
        assert user_of(issuer, token).name == "system:serviceaccount:ns:robot"
    else:
        with pytest.raises(InvalidCredentials, match="expired"):
            issuer.tokens.authenticate(token)


def test_a_token_is_not_good_before_its_time(key: Path) -> None:
    later = Issuer(key)
    later.clock.advance(3600)
    with pytest.raises(InvalidCredentials, match="not valid yet"):
        Issuer(key).tokens.authenticate(later.token())


@pytest.mark.parametrize(
    ("bound", "gone"),
    [
        (None, ("serviceaccounts", "ns", "robot")),
        (Bound("Pod", "p", "pod-uid"), ("serviceaccounts", "ns", "robot")),
        (Bound("Pod", "p", "pod-uid"), ("pods", "ns", "p")),
        (Bound("Secret", "s", "secret-uid"), ("secrets", "ns", "s")),
        (Bound("Node", "n", "node-uid"), ("nodes", "", "n")),
    ],
)
@pytest.mark.parametrize("replaced", [False, True])
def test_a_token_goes_with_its_objects(
    issuer: Issuer, bound: Bound | None, gone: tuple[str, str, str], replaced: bool
) -> None:
    token = issuer.token(bound=bound)
    user_of(issuer, token)
    if replaced:
        issuer.objects[gone] = "another-uid"
    else:
        del issuer.objects[gone]
    with pytest.raises(InvalidCredentials, match="gone or another one"):
        issuer.tokens.authenticate(token)


def test_a_token_without_a_uid_is_not_one_of_a_missing_object(issuer: Issuer) -> None:
    token = issuer.tokens.issue("ns", "nobody", "", seconds=600).token
    with pytest.raises(InvalidCredentials):
        issuer.tokens.authenticate(token)


def test_tokens_of_other_keys_and_issuers_are_not_known(issuer: Issuer, key: Path, tmp_path: Path) -> None:
    other_key = Issuer(write_key(tmp_path / "other.key", ec.generate_private_key(ec.SECP256R1())))
    other_issuer = Issuer(key, issuer="https://elsewhere")
    for other in (other_key, other_issuer):
        assert issuer.tokens.authenticate(other.token()) is None


def test_a_changed_token_is_not_known(issuer: Issuer) -> None:
    head, body, signature = issuer.token().split(".")
    claims = part(f"{head}.{body}.{signature}", 1) | {"sub": "system:serviceaccount:kube-system:admin"}
    none = encoded({"alg": "none"})
    hmac = encoded({"alg": "HS256"})
    for forged in (
        f"{head}.{encoded(claims)}.{signature}",
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{hmac}.{body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
    ):
        assert issuer.tokens.authenticate(forged) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "..",
        "a.b.c",
        "a.b",
        "a.b.c.d",
        "é.é.é",
        "e30.e30.e30",
        "bnVsbA.bnVsbA.bnVsbA",
        "W10.W10.W10",
        "\x00.\x00.\x00",
    ],
)
def test_what_is_no_token_is_not_known(issuer: Issuer, token: str) -> None:
    assert issuer.tokens.authenticate(token) is None


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (lambda: ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "ES512"),
        (lambda: rsa.generate_private_key(65537, 2048), "RS256"),
    ],
)
def test_keys_sign_in_their_own_way(tmp_path: Path, make: Any, algorithm: str) -> None:
    issuer = Issuer(write_key(tmp_path / "sa.key", make()))
    token = issuer.token()
    assert part(token, 0)["alg"] == algorithm
    assert user_of(issuer, token).name == "system:serviceaccount:ns:robot"


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_without_a_key_is_refused_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sa.key"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is no private RSA or elliptic-curve key"):
        Issuer(path)


def test_other_kinds_of_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no private RSA or elliptic-curve key"):
        Issuer(write_key(tmp_path / "sa.key", ed25519.Ed25519PrivateKey.generate()))


@pytest.mark.parametrize(
    "make", [lambda: ec.generate_private_key(ec.SECP256R1()), lambda: rsa.generate_private_key(65537, 2048)]
)
def test_the_public_key_checks_tokens_and_holds_no_secret(tmp_path: Path, make: Any) -> None:
    from joserfc import jwt
    from joserfc.jwk import import_key

    issuer = Issuer(write_key(tmp_path / "sa.key", make()))
    key = issuer.tokens.public_key()
    assert key.keys().isdisjoint({"d", "p", "q", "dp", "dq", "qi"})
    token = issuer.token()
    assert part(token, 0)["kid"] == key["kid"]
    assert jwt.decode(token, import_key(key), algorithms=[key["alg"]]).claims["iss"] == ISSUER
