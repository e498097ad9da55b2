"""Finds out who makes a request, and lets them act as somebody else where they may.

Source: apiserver ``pkg/endpoints/filters/authentication.go``, ``impersonation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import unquote

from mini_server.authn.interface import (
    ANONYMOUS,
    AUTHENTICATED,
    UNAUTHENTICATED,
    Credentials,
    InvalidCredentials,
    UserInfo,
)
from mini_server.authn.serviceaccount import ALL_GROUP, PREFIX
from mini_server.authz.interface import Attributes, Authorizer, Decision
from mini_server.endpoints.filters.authorization import forbidden
from mini_server.endpoints.request import AnyResponse, Handler, Request, error_response
from pykubectl.machinery.errors import StatusError, new_bad_request, new_unauthorized

_EXTRA = "impersonate-extra-"


class _Authenticator(Protocol):
    def authenticate(self, credentials: Credentials) -> UserInfo | None: ...


def with_authentication(following: Handler, authenticator: _Authenticator) -> Handler:
    """Sets ``request.user``; 401 on wrong credentials, or without any where nobody is let in anonymously."""

    async def handle(request: Request) -> AnyResponse:
        if request.user is None:
            try:
                request.user = authenticator.authenticate(request.credentials)
            except InvalidCredentials:
                request.user = None
            if request.user is None:
                return error_response(new_unauthorized("Unauthorized"))
        return await following(request)

    return handle


def with_impersonation(following: Handler, authorizer: Authorizer) -> Handler:
    """Replaces ``request.user`` by the one that Impersonate- headers name, given the right to impersonate each part."""

    async def handle(request: Request) -> AnyResponse:
        # Hardly any request does: the rest is not looked at closer.
        if "impersonate-" not in "".join(request.headers):
            return await following(request)
        try:
            wanted = _wanted(request.headers)
            if wanted is not None:
                assert request.user is not None
                _permit(request.user, wanted, authorizer)
                request.user = UserInfo(wanted.name, wanted.uid, _complete(wanted.name, wanted.groups), wanted.extra)
        except StatusError as error:
            return error_response(error)
        return await following(request)

    return handle


def _wanted(headers: Mapping[str, str]) -> UserInfo | None:
    """The user as the headers name it, None where they name nobody. Of a header that stands twice the first counts."""
    name = headers.get("impersonate-user", "").partition("\n")[0]
    groups = tuple(headers["impersonate-group"].split("\n")) if "impersonate-group" in headers else ()
    uid = headers.get("impersonate-uid", "").partition("\n")[0]
    extra = {
        unquote(key.removeprefix(_EXTRA)): tuple(value.split("\n"))
        for key, value in headers.items()
        if key.startswith(_EXTRA)
    }
    if name:
        return UserInfo(name, uid, groups, extra)
    if groups or uid or extra:
        raise new_bad_request(f"requested {_requested(groups)} without impersonating a user")
    return None


def _permit(user: UserInfo, wanted: UserInfo, authorizer: Authorizer) -> None:
    for question in _questions(user, wanted):
        decision, reason = authorizer.authorize(question)
        if decision is not Decision.ALLOW:
            raise forbidden(question, reason)


def _requested(groups: tuple[str, ...]) -> str:
    return "[" + " ".join(f"{{Group  {group}    }}" for group in groups) + "]"


def _questions(user: UserInfo, wanted: UserInfo) -> list[Attributes]:
    name = wanted.name
    if name.startswith(PREFIX) and name.count(":") == 3:
        namespace, account = name.removeprefix(PREFIX).split(":")
        questions = [Attributes(user, "impersonate", namespace, resource="serviceaccounts", name=account)]
    else:
        questions = [Attributes(user, "impersonate", resource="users", name=name)]
    questions += [Attributes(user, "impersonate", resource="groups", name=group) for group in wanted.groups]
    group = "authentication.k8s.io"
    for key, values in wanted.extra.items():
        questions += [Attributes(user, "impersonate", "", group, "v1", "userextras", key, value) for value in values]
    if wanted.uid:
        questions.append(Attributes(user, "impersonate", "", group, "v1", "uids", name=wanted.uid))
    return questions


def _complete(name: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Service accounts without named groups get their own; everybody but the anonymous is authenticated."""
    if name.startswith(PREFIX) and not groups:
        groups = (ALL_GROUP, f"{ALL_GROUP}:{name.removeprefix(PREFIX).split(':')[0]}")
    if name == ANONYMOUS:
        return groups if UNAUTHENTICATED in groups else (*groups, UNAUTHENTICATED)
    return groups if AUTHENTICATED in groups or UNAUTHENTICATED in groups else (*groups, AUTHENTICATED)
