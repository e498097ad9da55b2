"""The filter chain, from the outside in, and what lies behind it. This is the only place that says the order.

Source: apiserver ``pkg/server/config.go`` DefaultBuildHandlerChain.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from mini_server.authn.union import RequestAuthenticator
from mini_server.authz.interface import Authorizer
from mini_server.endpoints.discovery import Discovery, root_paths
from mini_server.endpoints.endpoint import no_such_path
from mini_server.endpoints.filters.authentication import with_authentication, with_impersonation
from mini_server.endpoints.filters.authorization import with_authorization
from mini_server.endpoints.filters.basics import with_headers, with_metrics, with_recovery, with_request_info
from mini_server.endpoints.installer import APIHandlers
from mini_server.endpoints.openapi import OpenAPI
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.server.health import Health
from mini_server.server.metrics import Metrics
from mini_server.server.openid import OpenID
from mini_server.server.version import version_response

_ROOT_PATHS = [
    *("/.well-known/openid-configuration", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3"),
    *("/openid/v1/jwks", "/readyz", "/version"),
]


def build_chain(
    core: Handler,
    authenticator: RequestAuthenticator,
    authorizer: Authorizer,
    metrics: Metrics,
    *,
    authenticated: bool = False,
) -> Handler:
    """The whole chain; ``authenticated``: for callers in this process, whose requests say who they are."""
    handler = with_authorization(core, authorizer)
    handler = with_impersonation(handler, authorizer)
    if not authenticated:
        handler = with_authentication(handler, authenticator)
    # Refusals from here on carry the headers too.
    handler = with_recovery(handler)
    handler = with_request_info(handler)
    handler = with_recovery(handler)
    handler = with_headers(handler)
    return with_metrics(handler, metrics.observe)


Optional = Callable[[Request], Awaitable[AnyResponse | None]]


def build_core(
    handlers: APIHandlers, discovery: Discovery, openapi: OpenAPI, openid: OpenID, health: Health, metrics: Metrics
) -> Handler:
    """Resources first; other paths by whoever knows them."""
    others: Sequence[Optional] = (
        *(health.handle, discovery.handle, openapi.handle, openid.handle, metrics.handle),
        version_response,
    )

    async def handle(request: Request) -> AnyResponse:
        if request.info.is_resource_request:
            return await handlers.handle(request)
        if request.path == "/":
            return root_paths(request, _ROOT_PATHS)
        for other in others:
            response = await other(request)
            if response is not None:
                return response
        return no_such_path()

    return handle
