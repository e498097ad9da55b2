"""Subresources that change one part of a pod's spec: ``ephemeralcontainers`` and ``resize``.

Source: kubernetes ``pkg/registry/core/pod/strategy.go`` podEphemeralContainersStrategy, podResizeStrategy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.admission.interface import UPDATE
from mini_server.endpoints.answer import answer_item
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.patch import patcher
from mini_server.endpoints.handlers.write import check_name
from mini_server.endpoints.options import WriteOptions, write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from pykubectl.machinery.errors import new_conflict, new_invalid, new_not_found
from pykubectl.machinery.schema import GroupKind
from pykubectl.machinery.validation import field

Object = dict[str, Any]
# From the stored and the wanted spec to the new one; raises StatusError.
Change = Callable[[Object, Object, str], Object]


def ephemeral_containers(old: Object, wanted: Object, pod: str) -> Object:
    """Containers are only added."""
    before, after = old.get("ephemeralContainers") or [], wanted.get("ephemeralContainers") or []
    names = [c.get("name") for c in after]
    for container in before:
        if container["name"] not in names:
            text = f'existing ephemeral containers "{container["name"]}" may not be removed\n'
            raise new_invalid(GroupKind("", "Pod"), pod, [field.forbidden("spec.ephemeralContainers", text)])
    return {**old, "ephemeralContainers": after}


def resize(old: Object, wanted: Object, pod: str) -> Object:
    """Resources of containers that stay the same otherwise."""
    by_name = {c["name"]: c for c in wanted.get("containers") or []}
    containers = []
    for container in old["containers"]:
        new = by_name.get(container["name"], container)
        changed = {name: new[name] for name in ("resources", "resizePolicy") if name in new}
        containers.append({**container, **changed})
    return {**old, "containers": containers}


def update_part(endpoint: Endpoint, subresource: str, change: Change) -> Handler:
    """PUT of the whole pod, of which one part counts."""

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "UpdateOptions")
        wanted = await decode_body(request, endpoint.resource.gvk, endpoint.type, options.field_validation)
        check_name(request, wanted)
        return await _apply(endpoint, request, lambda old: wanted, options, subresource, change)

    return handle


def patch_part(endpoint: Endpoint, subresource: str, change: Change) -> Handler:
    """PATCH of the pod, of which one part counts."""

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "PatchOptions")
        patch_type = request.headers.get("content-type", "").split(";", 1)[0].strip()
        apply = patcher(patch_type, await request.body(), endpoint.type)
        return await _apply(endpoint, request, apply, options, subresource, change)

    return handle


async def _apply(
    endpoint: Endpoint,
    request: Request,
    wanted: Callable[[Object], Object],
    options: WriteOptions,
    subresource: str,
    change: Change,
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
        return {**old, "spec": change(old["spec"], pod.get("spec") or {}, name)}

    updated = await endpoint.store.update(
        endpoint.context(request, options),
        name,
        transform,
        endpoint.validating(request, UPDATE, dry_run=options.dry_run, subresource=subresource),
        subresource=subresource,
    )
    return answer_item(endpoint, updated.item, request)
