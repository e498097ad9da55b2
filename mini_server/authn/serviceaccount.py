"""Service account tokens: signed, bound to objects, for audiences.

Source: kubernetes ``pkg/serviceaccount/claims.go``, ``jwt.go``; claims of KEP-1205.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mini_server.authn.interface import InvalidCredentials, UserInfo
from pykubectl.machinery.util.clock import Clock

PREFIX = "system:serviceaccount:"
ALL_GROUP = "system:serviceaccounts"

# resource, namespace, name -> the object's uid, None where it is not there
UidGetter = Callable[[str, str, str], str | None]

_REMEMBERED = 1024
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_BOUND_KINDS = {"pod": "pods", "secret": "secrets", "node": "nodes"}


def user_name(namespace: str, name: str) -> str:
    """``system:serviceaccount:NAMESPACE:NAME``."""
    return f"{PREFIX}{namespace}:{name}"


@dataclass(frozen=True, slots=True)
class Bound:
    """An object that a token lives and dies with."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A signed token and when it ends (seconds since the epoch)."""

    token: str
    expires: int


class ServiceAccountTokens:
    """Issues and checks tokens with one private key, elliptic-curve or RSA.

    ``uid_of`` looks objects up in the API server's caches, so that a token ends with what it is bound to.
    Raises ValueError where the file holds no such key, OSError where it cannot be read.
    """

    def __init__(self, key_file: Path, issuer: str, audiences: Sequence[str], clock: Clock, uid_of: UidGetter) -> None:
        self._pem = key_file.read_bytes()
        self.algorithm = _algorithm(self._pem, key_file)
        self.issuer = issuer
        self.audiences = tuple(audiences)
        self._clock = clock
        self._uid_of = uid_of
        self._key: Any = None
        # Claims by token: a signature does not change, times and objects are looked at each time.
        self._verified: dict[str, Mapping[str, Any]] = {}

    def issue(
        self,
        namespace: str,
        name: str,
        uid: str,
        *,
        seconds: int,
        audiences: Sequence[str] = (),
        bound: Bound | None = None,
        node: Bound | None = None,
    ) -> IssuedToken:
        """A token for an account, by default for the API server itself; ``node``: where the pod runs it is bound to."""
        from joserfc import jwt

        now = int(self._clock.now().timestamp())
        kubernetes: dict[str, Any] = {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}}
        if bound is not None:
            kubernetes[bound.kind.lower()] = {"name": bound.name, "uid": bound.uid}
        if node is not None:
            kubernetes["node"] = {"name": node.name, "uid": node.uid}
        claims = {
            "aud": list(audiences or self.audiences),
            "exp": now + seconds,
            "iat": now,
            "nbf": now,
            "iss": self.issuer,
            "jti": str(uuid.uuid4()),
            "kubernetes.io": kubernetes,
            "sub": user_name(namespace, name),
        }
        key = self._signing_key()
        return IssuedToken(
            jwt.encode({"alg": self.algorithm, "kid": key.thumbprint()}, claims, key, [self.algorithm]), now + seconds
        )

    def authenticate(self, token: str, audiences: Sequence[str] = ()) -> tuple[UserInfo, tuple[str, ...]] | None:
        """The user and the audiences that match; None where this issuer did not make the token.

        Raises InvalidCredentials on a bad signature, an expired token, or one whose objects are gone.
        """
        if token.count(".") != 2:
            return None
        claims = self._verified.get(token) or self._claims(token)
        if claims is None:
            return None
        wanted = set(audiences or self.audiences)
        carried = claims.get("aud")
        matching = tuple(a for a in (carried if isinstance(carried, list) else [carried]) if a in wanted)
        if not matching:
            raise InvalidCredentials("token audiences do not match")
        now = self._clock.now().timestamp()
        if claims.get("exp", 0) < now:
            raise InvalidCredentials("service account token has expired")
        if claims.get("nbf", 0) > now + 60:
            raise InvalidCredentials("service account token is not valid yet")
        return self._user(claims), matching

    def public_key(self) -> dict[str, Any]:
        """What others check tokens with, as a JSON Web Key."""
        key = self._signing_key()
        return {"use": "sig", "kid": key.thumbprint(), "alg": self.algorithm, **key.as_dict(private=False)}

    def _claims(self, token: str) -> Mapping[str, Any] | None:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            claims = jwt.decode(token, self._signing_key(), algorithms=[self.algorithm]).claims
        except (JoseError, ValueError, TypeError):
            return None
        if not isinstance(claims, dict) or claims.get("iss") != self.issuer:
            return None
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified[token] = claims
        return claims

    def _user(self, claims: Mapping[str, Any]) -> UserInfo:
        private = claims.get("kubernetes.io") or {}
        namespace = private.get("namespace", "")
        account = private.get("serviceaccount") or {}
        self._must_exist("serviceaccounts", namespace, account)
        extra: dict[str, tuple[str, ...]] = {}
        if "jti" in claims:
            extra["authentication.kubernetes.io/credential-id"] = (f"JTI={claims['jti']}",)
        for kind, resource in _BOUND_KINDS.items():
            if kind in private:
                # The node of a pod is told, and does not decide: the pod does.
                if kind != "node" or "pod" not in private:
                    self._must_exist(resource, "" if kind == "node" else namespace, private[kind])
                if kind != "secret":
                    extra[f"authentication.kubernetes.io/{kind}-name"] = (private[kind]["name"],)
                    extra[f"authentication.kubernetes.io/{kind}-uid"] = (private[kind]["uid"],)
        groups = (ALL_GROUP, f"{ALL_GROUP}:{namespace}")
        return UserInfo(user_name(namespace, account.get("name", "")), account.get("uid", ""), groups, extra)

    def _must_exist(self, resource: str, namespace: str, reference: Mapping[str, str]) -> None:
        uid = self._uid_of(resource, namespace, reference.get("name", ""))
        if uid is None or uid != reference.get("uid"):
            raise InvalidCredentials(f"{resource} {namespace}/{reference.get('name')} is gone or another one")

    def _signing_key(self) -> Any:
        if self._key is None:
            from joserfc.jwk import ECKey, RSAKey

            self._key = (RSAKey if self.algorithm == "RS256" else ECKey).import_key(self._pem)
        return self._key


def _algorithm(pem: bytes, path: Path) -> str:
    """How a key signs."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise ValueError(f"service account signing key {path} is no private RSA or elliptic-curve key in PEM form")
