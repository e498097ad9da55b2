"""Lets through what the authorizer allows.

Source: apiserver ``pkg/endpoints/filters/authorization.go``, ``handlers/responsewriters/errors.go``.
"""

from __future__ import annotations

from mini_server.authz.interface import Attributes, Authorizer, Decision
from mini_server.endpoints.request import AnyResponse, Handler, Request, error_response
from pykubectl.machinery import fields
from pykubectl.machinery.errors import StatusError, new_forbidden
from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.schema import GroupResource

_SELECTING = frozenset(("list", "watch", "deletecollection"))


def with_authorization(following: Handler, authorizer: Authorizer) -> Handler:
    """403 where the user may not do what the request asks."""

    async def handle(request: Request) -> AnyResponse:
        attributes = attributes_of(request)
        decision, reason = authorizer.authorize(attributes)
        if decision is not Decision.ALLOW:
            return error_response(forbidden(attributes, reason))
        return await following(request)

    return handle


def attributes_of(request: Request) -> Attributes:
    """The question that a request asks."""
    info = request.info
    assert request.user is not None
    return Attributes(
        request.user,
        info.verb,
        info.namespace,
        info.api_group,
        info.api_version,
        info.resource,
        info.subresource,
        info.name,
        info.is_resource_request,
        info.path,
        _exact_fields(request),
    )


def _exact_fields(request: Request) -> dict[str, str]:
    """What a selector asks for exactly; one that cannot be read asks for nothing."""
    if request.info.verb not in _SELECTING or not (text := request.query.get("fieldSelector")):
        return {}
    try:
        requirements = fields.parse(text).requirements
    except fields.FieldSelectorError:
        return {}
    return {field: value for field, operator, value in requirements if operator == "="}


def forbidden(attributes: Attributes, reason: str) -> StatusError:
    """The refusal in the API's words."""
    user = quote(attributes.user.name)
    if not attributes.resource_request:
        text = f"User {user} cannot {attributes.verb} path {quote(attributes.path)}"
    else:
        resource = quote(attributes.resource_and_subresource)
        text = f"User {user} cannot {attributes.verb} resource {resource} in API group {quote(attributes.api_group)}"
        if attributes.namespace:
            text += f" in the namespace {quote(attributes.namespace)}"
        else:
            text += " at the cluster scope"
    if reason:
        text += f": {reason}"
    if not attributes.resource_request:
        return new_forbidden(GroupResource("", ""), "", text)
    return new_forbidden(GroupResource(attributes.api_group, attributes.resource), attributes.name, text)
