"""Acting as somebody else: who may, and who one is then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from mini_server.authn.interface import Credentials, InvalidCredentials, UserInfo
from mini_server.authz.interface import Attributes, Decision, Rules
from mini_server.endpoints.filters.authentication import with_authentication, with_impersonation
from mini_server.endpoints.request import AnyResponse, Query, Request, Response
from pykubectl.machinery.codecs import json

JANE = UserInfo("jane", groups=("system:authenticated",))
_IN = "authentication.k8s.io"


class Permitted:
    """Allows the questions it is given, as (resource, namespace, name), and remembers what it was asked."""

    def __init__(self, *allowed: tuple[str, str, str]) -> None:
        self._allowed = allowed
        self.asked: list[Attributes] = []

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        self.asked.append(attributes)
        key = (attributes.resource_and_subresource, attributes.namespace, attributes.name)
        return (Decision.ALLOW if key in self._allowed else Decision.NO_OPINION), ""

    def rules_for(self, user: UserInfo, namespace: str) -> Rules:
        return Rules()


class Reached:
    """The handler behind the filter; keeps the user that came through."""

    def __init__(self) -> None:
        self.user: UserInfo | None = None

    async def __call__(self, request: Request) -> AnyResponse:
        self.user = request.user
        return Response(200)


async def nothing() -> bytes:
    return b""


async def never() -> None:
    await asyncio.Event().wait()


def ask(authorizer: Permitted, headers: Mapping[str, str]) -> tuple[Response, UserInfo | None]:
    reached = Reached()
    request = Request("GET", "/api", Query(), headers, nothing, never, user=JANE)
    response = asyncio.run(_answer(with_impersonation(reached, authorizer), request))
    return response, reached.user


async def _answer(handler: Any, request: Request) -> Response:
    response = await handler(request)
    assert isinstance(response, Response)
    return response


BOB = ("users", "", "bob")


@pytest.mark.parametrize(
    ("headers", "allowed", "user"),
    [
        ({}, [], JANE),
        ({"impersonate-user": ""}, [], JANE),
        ({"impersonate-other": "x"}, [], JANE),
        ({"impersonate-user": "bob"}, [BOB], UserInfo("bob", groups=("system:authenticated",))),
        ({"impersonate-user": "bob\neve"}, [BOB], UserInfo("bob", groups=("system:authenticated",))),
        (
            {"impersonate-user": "bob", "impersonate-group": "a\nb"},
            [BOB, ("groups", "", "a"), ("groups", "", "b")],
            UserInfo("bob", groups=("a", "b", "system:authenticated")),
        ),
        (
            {"impersonate-user": "bob", "impersonate-group": "system:unauthenticated"},
            [BOB, ("groups", "", "system:unauthenticated")],
            UserInfo("bob", groups=("system:unauthenticated",)),
        ),
        (
            {"impersonate-user": "bob", "impersonate-uid": "u-1"},
            [BOB, ("uids", "", "u-1")],
            UserInfo("bob", "u-1", ("system:authenticated",)),
        ),
        (
            {"impersonate-user": "bob", "impersonate-extra-scopes": "view\nedit", "impersonate-extra-a%2fb": "c"},
            [BOB, ("userextras/scopes", "", "view"), ("userextras/scopes", "", "edit"), ("userextras/a/b", "", "c")],
            UserInfo("bob", groups=("system:authenticated",), extra={"scopes": ("view", "edit"), "a/b": ("c",)}),
        ),
        (
            {"impersonate-user": "system:serviceaccount:ns:robot"},
            [("serviceaccounts", "ns", "robot")],
            UserInfo(
                "system:serviceaccount:ns:robot",
                groups=("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"),
            ),
        ),
        (
            {"impersonate-user": "system:serviceaccount:ns:robot", "impersonate-group": "a"},
            [("serviceaccounts", "ns", "robot"), ("groups", "", "a")],
            UserInfo("system:serviceaccount:ns:robot", groups=("a", "system:authenticated")),
        ),
        (
            {"impersonate-user": "system:anonymous"},
            [("users", "", "system:anonymous")],
            UserInfo("system:anonymous", groups=("system:unauthenticated",)),
        ),
        (
            {"impersonate-user": "system:anonymous", "impersonate-group": "system:authenticated"},
            [("users", "", "system:anonymous"), ("groups", "", "system:authenticated")],
            UserInfo("system:anonymous", groups=("system:authenticated", "system:unauthenticated")),
        ),
    ],
)
def test_one_becomes_whom_one_may_be(
    headers: dict[str, str], allowed: list[tuple[str, str, str]], user: UserInfo
) -> None:
    response, became = ask(Permitted(*allowed), headers)
    assert (response.status, became) == (200, user)


@pytest.mark.parametrize(
    ("headers", "allowed", "message"),
    [
        ({"impersonate-user": "bob"}, [], 'users "bob" is forbidden: User "jane" cannot impersonate resource "users"'),
        (
            {"impersonate-user": "bob", "impersonate-group": "a\nb"},
            [BOB, ("groups", "", "a")],
            'groups "b" is forbidden: User "jane" cannot impersonate resource "groups"',
        ),
        (
            {"impersonate-user": "bob", "impersonate-group": "system:masters"},
            [BOB],
            'groups "system:masters" is forbidden: User "jane" cannot impersonate resource "groups"',
        ),
        (
            {"impersonate-user": "bob", "impersonate-group": ""},
            [BOB],
            'groups is forbidden: User "jane" cannot impersonate resource "groups"',
        ),
        (
            {"impersonate-user": "bob", "impersonate-uid": "u-1"},
            [BOB],
            f'uids.{_IN} "u-1" is forbidden: User "jane" cannot impersonate resource "uids" in API group "{_IN}"',
        ),
        (
            {"impersonate-user": "bob", "impersonate-extra-scopes": "view"},
            [BOB, ("userextras", "", "view")],
            f'userextras.{_IN} "view" is forbidden: User "jane" cannot impersonate resource "userextras/scopes"',
        ),
        (
            {"impersonate-user": "system:serviceaccount:ns:robot"},
            [("users", "", "system:serviceaccount:ns:robot"), ("serviceaccounts", "other", "robot")],
            'serviceaccounts "robot" is forbidden: User "jane" cannot impersonate resource "serviceaccounts"',
        ),
    ],
)
def test_each_part_must_be_permitted(
    headers: dict[str, str], allowed: list[tuple[str, str, str]], message: str
) -> None:
    response, became = ask(Permitted(*allowed), headers)
    assert (response.status, became) == (403, None)
    assert json.loads(response.body)["message"].startswith(message)


@pytest.mark.parametrize("name", ["impersonate-group", "impersonate-uid", "impersonate-extra-scopes"])
def test_groups_and_the_like_need_a_user(name: str) -> None:
    authorizer = Permitted(("groups", "", "x"))
    response, became = ask(authorizer, {name: "x"})
    assert (response.status, became, authorizer.asked) == (400, None, [])
    assert "without impersonating a user" in json.loads(response.body)["message"]


class Refusing:
    """Knows nobody, or says why not."""

    def __init__(self, *, wrong: bool) -> None:
        self._wrong = wrong

    def authenticate(self, credentials: Credentials) -> UserInfo | None:
        if self._wrong:
            raise InvalidCredentials("token s3cr3t has expired")
        return None


@pytest.mark.parametrize("wrong", [True, False])
def test_who_cannot_be_authenticated_hears_no_more_than_that(wrong: bool) -> None:
    reached = Reached()
    request = Request("GET", "/api", Query(), {}, nothing, never)
    response = asyncio.run(_answer(with_authentication(reached, Refusing(wrong=wrong)), request))
    assert (response.status, reached.user) == (401, None)
    status = json.loads(response.body)
    assert (status["message"], status["reason"]) == ("Unauthorized", "Unauthorized")
