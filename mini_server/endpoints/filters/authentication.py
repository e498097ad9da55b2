"""Finds out who makes a request, and lets them act as somebody else where they may.

Source: apiserver ``pkg/endpoints/filters/authentication.go``, ``impersonation``.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import unquote

from mini_server.authn.interface import AUTHENTICATED, UNAUTHENTICATED, Credentials, InvalidCredentials, UserInfo
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
        if any(name.startswith("impersonate-") for name in request.headers):
            assert request.user is not None
            try:
                request.user = _impersonated(request, request.user, authorizer)
            except StatusError as error:
                return error_response(error)
        return await following(request)

    return handle


def _impersonated(request: Request, user: UserInfo, authorizer: Authorizer) -> UserInfo:
    headers = request.headers
    name = headers.get("impersonate-user", "")
    groups = tuple(g for g in headers.get("impersonate-group", "").split("\n") if g)
    uid = headers.get("impersonate-uid", "")
    extra = {
        unquote(key.removeprefix(_EXTRA)): tuple(value.split("\n"))
        for key, value in headers.items()
        if key.startswith(_EXTRA)
    }
    if not name:
        raise new_bad_request(
            "requested [] without impersonating a user"
            if not groups
            else f"requested {_requested(groups)} without impersonating a user"
        )
    for question in _questions(user, name, groups, uid, extra):
        decision, reason = authorizer.authorize(question)
        if decision is not Decision.ALLOW:
            raise forbidden(question, reason)
    return UserInfo(name, uid, _complete(name, groups), extra)


def _requested(groups: tuple[str, ...]) -> str:
    return "[" + " ".join(f"{{Group  {group}    }}" for group in groups) + "]"


def _questions(
    user: UserInfo, name: str, groups: tuple[str, ...], uid: str, extra: dict[str, tuple[str, ...]]
) -> list[Attributes]:
    if name.startswith(PREFIX) and name.count(":") == 3:
        namespace, account = name.removeprefix(PREFIX).split(":")
        questions = [Attributes(user, "impersonate", namespace, resource="serviceaccounts", name=account)]
    else:
        questions = [Attributes(user, "impersonate", resource="users", name=name)]
    questions += [Attributes(user, "impersonate", resource="groups", name=group) for group in groups]
    group = "authentication.k8s.io"
    for key, values in extra.items():
        questions += [Attributes(user, "impersonate", "", group, "v1", "userextras", key, value) for value in values]
    if uid:
        questions.append(Attributes(user, "impersonate", "", group, "v1", "uids", name=uid))
    return questions


def _complete(name: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Service accounts without named groups get their own; everybody but the anonymous is authenticated."""
    if name.startswith(PREFIX) and not groups:
        groups = (ALL_GROUP, f"{ALL_GROUP}:{name.removeprefix(PREFIX).split(':')[0]}")
    if AUTHENTICATED in groups or UNAUTHENTICATED in groups:
        return groups
    return (*groups, UNAUTHENTICATED if name == "system:anonymous" else AUTHENTICATED)
