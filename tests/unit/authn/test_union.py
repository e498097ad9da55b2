"""Certificate, then token, then anonymous."""

from __future__ import annotations

import pytest

from mini_server.authn.interface import Credentials, InvalidCredentials, UserInfo
from mini_server.authn.tokenfile import TokenFile
from mini_server.authn.union import RequestAuthenticator, bearer_token
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.authn.certificates import START, client_certificate

USERS = TokenFile(
    {
        "jane": UserInfo("jane", "1", ("devs",)),
        "known": UserInfo("known", "2", ("system:authenticated", "devs")),
        "stranger": UserInfo("stranger", "3", ("system:unauthenticated",)),
    }
)


def authenticator(*, anonymous: bool = True, audiences: tuple[str, ...] = ("api",)) -> RequestAuthenticator:
    return RequestAuthenticator(token_file=USERS, anonymous=anonymous, audiences=audiences, clock=FakeClock(START))


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("", ""),
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER abc", "abc"),
        ("  Bearer abc  ", "abc"),
        ("Bearer abc def", "abc"),
        ("Bearer  abc", ""),
        ("Bearer", ""),
        ("Bearer ", ""),
        ("Bearerabc", ""),
        ("Basic YWJjOmRlZg==", ""),
        ("abc", ""),
        ("Bearer one\nBearer two", "one"),
        ("Basic x\nBearer two", ""),
    ],
)
def test_bearer_token(header: str, token: str) -> None:
    assert bearer_token(header) == token


@pytest.mark.parametrize(
    ("token", "groups"),
    [
        ("jane", ("devs", "system:authenticated")),
        ("known", ("system:authenticated", "devs")),
        ("stranger", ("system:unauthenticated",)),
    ],
)
def test_who_has_a_token_is_authenticated(token: str, groups: tuple[str, ...]) -> None:
    user = authenticator().authenticate(Credentials(f"Bearer {token}"))
    assert user is not None
    assert (user.name, user.groups) == (token, groups)


@pytest.mark.parametrize("header", ["", "Basic amFuZTpqYW5l", "Bearer", "garbage"])
def test_without_credentials_one_is_anonymous_where_that_is_allowed(header: str) -> None:
    anonymous = UserInfo("system:anonymous", groups=("system:unauthenticated",))
    assert authenticator().authenticate(Credentials(header)) == anonymous
    assert authenticator(anonymous=False).authenticate(Credentials(header)) is None


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_wrong_token_is_not_anonymous(anonymous: bool) -> None:
    with pytest.raises(InvalidCredentials):
        authenticator(anonymous=anonymous).authenticate(Credentials("Bearer nope"))


def test_a_certificate_comes_before_a_token() -> None:
    user = authenticator().authenticate(Credentials("Bearer jane", client_certificate(["robot"])))
    assert user is not None
    assert (user.name, user.groups) == ("robot", ("system:authenticated",))


@pytest.mark.parametrize("certificate", [client_certificate([]), client_certificate([], ["devs"])])
def test_a_certificate_of_nobody_leaves_it_to_the_token(certificate: bytes) -> None:
    user = authenticator().authenticate(Credentials("Bearer jane", certificate))
    assert user is not None
    assert user.name == "jane"


def test_a_token_makes_up_for_a_bad_certificate_and_nothing_else_does() -> None:
    bad = client_certificate(uids=["a", "b"])
    user = authenticator().authenticate(Credentials("Bearer jane", bad))
    assert user is not None
    assert user.name == "jane"
    with pytest.raises(InvalidCredentials):
        authenticator().authenticate(Credentials("", bad))
    with pytest.raises(InvalidCredentials):
        authenticator().authenticate(Credentials("Bearer nope", bad))


@pytest.mark.parametrize(
    ("own", "asked", "good_for"),
    [
        (("api", "more"), (), ("api", "more")),
        (("api", "more"), ("more",), ("more",)),
        (("api",), ("other",), None),
        (("api",), ("other", "api"), ("api",)),
    ],
)
def test_tokens_of_the_file_are_for_this_server(
    own: tuple[str, ...], asked: tuple[str, ...], good_for: tuple[str, ...] | None
) -> None:
    found = authenticator(audiences=own).token_user("jane", asked)
    assert (None if found is None else found[1]) == good_for
