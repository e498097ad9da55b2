"""Subresources that change one part of a pod's spec: ``ephemeralcontainers`` and ``resize``.

Source: kubernetes ``pkg/registry/core/pod/strategy.go`` podEphemeralContainersStrategy, podResizeStrategy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.admission.interface import UPDATE
from mini_server.apis.scheme import server_scheme
from mini_server.endpoints.answer import answer_item
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.patch import patched, read_patch
from mini_server.endpoints.handlers.write import admitted, check_name
from mini_server.endpoints.options import WriteOptions, write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.registry.meta import ensure_namespace
from pykubectl.machinery.errors import new_conflict, new_not_found

Object = dict[str, Any]
# From the stored and the wanted spec to the new one.
Change = Callable[[Object, Object], Object]
# From the stored pod to the wanted one; raises StatusError.
Wanted = Callable[[Object], Object]


def ephemeral_containers(old: Object, wanted: Object) -> Object:
    """The ephemeral containers are the wanted ones."""
    return {**old, "ephemeralContainers": wanted.get("ephemeralContainers") or []}


def resize(old: Object, wanted: Object) -> Object:
    """Resources of containers that stay the same otherwise."""
    spec = dict(old)
    for kind in ("containers", "initContainers"):
        by_name = {container["name"]: container for container in wanted.get(kind) or []}
        if kind in old:
            spec[kind] = [_resized(container, by_name.get(container["name"], container)) for container in old[kind]]
    return spec


def _resized(container: Object, wanted: Object) -> Object:
    changed: Object = {name: wanted[name] for name in ("resources", "resizePolicy") if name in wanted}
    return {**container, **changed}


def update_part(endpoint: Endpoint, subresource: str, change: Change) -> Handler:
    """PUT of the whole pod, of which one part counts."""

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "UpdateOptions")
        wanted = await decode_body(request, endpoint.resource.gvk, endpoint.type, options.field_validation)
        check_name(request, wanted)
        ensure_namespace(wanted, request.info.namespace, namespaced=True)
        server_scheme().default(wanted, endpoint.resource.gvk)
        return await _apply(endpoint, request, lambda old: wanted, options, subresource, change)

    return handle


def patch_part(endpoint: Endpoint, subresource: str, change: Change) -> Handler:
    """PATCH of the pod, of which one part counts."""

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "PatchOptions")
        patch = await read_patch(request, endpoint.type)

        def wanted(old: Object) -> Object:
            return patched(endpoint, old, patch, options, request)

        return await _apply(endpoint, request, wanted, options, subresource, change)

    return handle


async def _apply(
    endpoint: Endpoint, request: Request, wanted: Wanted, options: WriteOptions, subresource: str, change: Change
) -> AnyResponse:
    name, gr = request.info.name, endpoint.resource.group_resource

    async def transform(old: Object | None) -> Object:
        if old is None:
            raise new_not_found(gr, name)
        pod = wanted(old)
        version = pod.get("metadata", {}).get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            text = "the object has been modified; please apply your changes to the latest version and try again"
            raise new_conflict(gr, name, text)
        new = {**old, "metadata": dict(old["metadata"]), "spec": change(old["spec"], pod.get("spec") or {})}
        return await admitted(endpoint, request, new, old, options, subresource)

    updated = await endpoint.store.update(
        endpoint.context(request, options),
        name,
        transform,
        endpoint.validating(request, UPDATE, dry_run=options.dry_run, subresource=subresource),
        subresource=subresource,
    )
    return answer_item(endpoint, updated.item, request)
