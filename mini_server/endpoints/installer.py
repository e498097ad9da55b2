"""Every resource with its handlers, and the way from a request to them.

Source: apiserver ``pkg/endpoints/installer.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mini_server.admission.chain import Chain
from mini_server.apis.scheme import server_scheme
from mini_server.authn.serviceaccount import ServiceAccountTokens
from mini_server.endpoints.endpoint import (
    Conversion,
    Endpoint,
    method_not_allowed,
    named_as,
    no_such_path,
    page_not_found,
)
from mini_server.endpoints.handlers import eviction, fields, namespaces, pods, scale
from mini_server.endpoints.handlers.componentstatus import component_status_handlers
from mini_server.endpoints.handlers.delete import delete_collection_handler, delete_handler
from mini_server.endpoints.handlers.patch import patch_handler
from mini_server.endpoints.handlers.read import get_handler, list_handler
from mini_server.endpoints.handlers.reviews import Reviews
from mini_server.endpoints.handlers.watch import watch_handler
from mini_server.endpoints.handlers.write import create_handler, update_handler
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.endpoints.request_info import RequestInfo
from mini_server.registry.store import RegistryStore
from pykubectl.api.resources import GROUPS, RESOURCES, STORED_AS, Resource
from pykubectl.machinery.errors import StatusError, new_status_error
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.structural.types import Type, builtin
from pykubectl.machinery.util.clock import Clock

# (group, version, resource, subresource) -> verb -> handler
Routes = dict[tuple[str, str, str, str], dict[str, Handler]]

_NODES = GroupVersionResource("", "v1", "nodes")
_BUDGETS = GroupVersionResource("policy", "v1", "poddisruptionbudgets")
_STREAMS = ("attach", "exec", "portforward", "proxy")


@dataclass(slots=True)
class Services:
    """What handlers need beside their own resource's store."""

    stores: Mapping[GroupVersionResource, RegistryStore]
    admission: Chain
    clock: Clock
    reviews: Reviews
    tokens: ServiceAccountTokens
    logs: pods.LogFetcher


class APIHandlers:
    """Answers every request about a resource."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._routes: Routes = {}
        self._namespaced: dict[tuple[str, str, str], bool] = {}
        for resource in RESOURCES:
            self._install(resource)

    async def handle(self, request: Request) -> AnyResponse:
        """Finds the handler: 404 for unknown resources, 405 for verbs that a resource does not know."""
        info = request.info
        handlers = self._routes.get((info.api_group, info.api_version, info.resource, info.subresource))
        if info.api_group not in GROUPS:
            return no_such_path()
        if handlers is None or not self._path_fits(request):
            raise page_not_found()
        handler = handlers.get(info.verb)
        if handler is None or request.method in ("HEAD", "OPTIONS") or not _method_fits(info):
            raise method_not_allowed()
        if info.verb in _COLLECTION_WRITES and self._is_across_namespaces(request):
            raise method_not_allowed()
        if info.resource in _DEPRECATED and not info.api_group:
            request.warn(_DEPRECATED[info.resource])
        return await handler(request)

    def _path_fits(self, request: Request) -> bool:
        info = request.info
        key = (info.api_group, info.api_version, info.resource)
        namespaced = self._namespaced[key]
        if len(info.parts) == 2 and _ITEM_VERBS.isdisjoint(self._routes[*key, ""]):
            return False
        if info.resource == "namespaces":
            return True
        if info.namespace and not namespaced:
            return False
        return not (namespaced and len(info.parts) > 1 and not info.namespace)

    def _is_across_namespaces(self, request: Request) -> bool:
        info = request.info
        return self._namespaced[info.api_group, info.api_version, info.resource] and not info.namespace

    def _install(self, resource: Resource) -> None:
        key = (resource.group, resource.version, resource.plural)
        self._namespaced[key] = resource.namespaced
        type = builtin().type_for(resource.gvk)
        assert type is not None, resource.gvk
        if resource.persisted:
            endpoint = self._endpoint(resource, type)
            self._routes[*key, ""] = {verb: _in_own_words(endpoint, h) for verb, h in _main(endpoint).items()}
            for subresource in resource.subresources:
                self._routes[*key, subresource.name] = self._subresource(endpoint, subresource.name)
        elif resource.plural == "componentstatuses":
            self._routes[*key, ""] = component_status_handlers(resource)
        elif resource.plural == "bindings":
            pod = self._pod_endpoint()
            self._routes[*key, ""] = {"create": pods.binding_handler(pod, named=False)}
        else:
            self._routes[*key, ""] = {"create": self._services.reviews.handler(resource, type)}

    def _endpoint(self, resource: Resource, type: Type) -> Endpoint:
        store = self._services.stores[STORED_AS.get(resource.gvr, resource.gvr)]
        return Endpoint(resource, store, type, self._services.admission, self._services.clock, _conversion(resource))

    def _pod_endpoint(self) -> Endpoint:
        resource = next(r for r in RESOURCES if r.group == "" and r.plural == "pods")
        type = builtin().type_for(resource.gvk)
        assert type is not None
        return self._endpoint(resource, type)

    def _subresource(self, endpoint: Endpoint, name: str) -> dict[str, Handler]:
        services = self._services
        if name in ("status", "approval"):
            return {
                "get": get_handler(endpoint),
                "update": update_handler(endpoint, name),
                "patch": patch_handler(endpoint, name),
            }
        if name == "scale":
            return {
                "get": scale.get_scale(endpoint),
                "update": scale.update_scale(endpoint),
                "patch": scale.patch_scale(endpoint),
            }
        if name in _PARTS:
            return {
                "get": get_handler(endpoint),
                "update": fields.update_part(endpoint, name, _PARTS[name]),
                "patch": fields.patch_part(endpoint, name, _PARTS[name]),
            }
        if name in _STREAMS:
            handler = _not_streamed(endpoint, name)
            return dict.fromkeys(("create", "get", "update", "patch", "delete"), handler)
        stores = services.stores
        bound = {
            kind: stores[GroupVersionResource("", "v1", plural)]
            for kind, plural in (("Pod", "pods"), ("Secret", "secrets"), ("Node", "nodes"))
        }
        return {
            "binding": lambda: {"create": pods.binding_handler(endpoint)},
            "eviction": lambda: {"create": eviction.eviction_handler(endpoint, stores[_BUDGETS])},
            "log": lambda: {"get": pods.log_handler(endpoint, stores[_NODES], services.logs)},
            "finalize": lambda: {"update": namespaces.finalize_handler(endpoint)},
            "token": lambda: {"create": namespaces.token_handler(endpoint, services.tokens, bound)},
        }[name]()


_PARTS = {"ephemeralcontainers": fields.ephemeral_containers, "resize": fields.resize}
_COLLECTION_WRITES = ("create", "deletecollection")
_ITEM_VERBS = frozenset(("get", "update", "patch", "delete"))

# Resources of the core group that clients are to leave. Source: ``prerelease-lifecycle-gen`` marks of the API types.
_DEPRECATED = {
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}


def _method_fits(info: RequestInfo) -> bool:
    """Whether a verb on a resource itself has a name exactly where it needs one."""
    if info.subresource or info.verb == "watch":
        return True
    return (info.verb in _ITEM_VERBS) == (len(info.parts) > 1)


def _conversion(resource: Resource) -> Conversion | None:
    """Between the resource and the one it is stored as, None where it is stored as it is."""
    gvr = STORED_AS.get(resource.gvr)
    if gvr is None:
        return None
    stored = next(other.gvk for other in RESOURCES if other.gvr == gvr)
    converter = server_scheme().converter
    return Conversion(converter.function(stored, resource.gvk), converter.function(resource.gvk, stored))


def _in_own_words(endpoint: Endpoint, handler: Handler) -> Handler:
    """The handler of a resource that is stored in another group, whose errors name the served one."""
    stored, served = endpoint.store.resource.group_resource, endpoint.resource.group_resource
    if stored == served:
        return handler

    async def handle(request: Request) -> AnyResponse:
        try:
            return await handler(request)
        except StatusError as error:
            raise named_as(error, stored, served) from None

    return handle


def _main(endpoint: Endpoint) -> dict[str, Handler]:
    """The handlers of a resource itself, for the verbs that it knows."""
    handlers = {
        "get": get_handler(endpoint),
        "list": list_handler(endpoint),
        "watch": watch_handler(endpoint),
        "create": create_handler(endpoint),
        "update": update_handler(endpoint),
        "patch": patch_handler(endpoint),
        "delete": delete_handler(endpoint),
        "deletecollection": delete_collection_handler(endpoint),
    }
    return {verb: handler for verb, handler in handlers.items() if verb in endpoint.resource.verbs}


def _not_streamed(endpoint: Endpoint, name: str) -> Handler:
    """Streams into containers are not part of this version; what does not exist is still told apart."""

    async def handle(request: Request) -> AnyResponse:
        await endpoint.store.get(request.info.namespace, request.info.name)
        text = f"{name} is not part of this version of the server"
        raise new_status_error("BadRequest", text)

    return handle
