"""The scale subresource: the replicas of a workload, whatever its kind.

Source: kubernetes ``pkg/registry/apps/deployment/storage/storage.go`` ScaleREST.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import UPDATE
from mini_server.endpoints.answer import answer_object
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.handlers.patch import read_patch
from mini_server.endpoints.handlers.write import check_name
from mini_server.endpoints.options import WriteOptions, write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.registry.meta import ensure_namespace
from pykubectl.machinery.errors import new_conflict, new_invalid, new_not_found
from pykubectl.machinery.labels import selector_from_label_selector, selector_from_set
from pykubectl.machinery.schema import GroupKind, GroupVersionKind
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.validation import field

Object = dict[str, Any]

SCALE = GroupVersionKind("autoscaling", "v1", "Scale")


def scale_of(obj: Object) -> Object:
    """The Scale of a workload."""
    meta = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    selector = spec.get("selector")
    if obj["kind"] == "ReplicationController":
        text = str(selector_from_set(selector or {}))
    else:
        text = str(selector_from_label_selector(selector))
    return {
        "kind": "Scale",
        "apiVersion": SCALE.api_version,
        "metadata": {name: meta[name] for name in kept if name in meta},
        "spec": {"replicas": spec["replicas"]} if spec.get("replicas") else {},
        "status": {"replicas": status.get("replicas", 0), "selector": text},
    }


def get_scale(endpoint: Endpoint) -> Handler:
    """Reads the scale."""

    async def handle(request: Request) -> AnyResponse:
        item = await endpoint.store.get(request.info.namespace, request.info.name)
        return answer_object(scale_of(item.obj), request)

    return handle


def update_scale(endpoint: Endpoint) -> Handler:
    """Replaces the scale."""
    type = builtin().type_for(SCALE)
    assert type is not None

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "UpdateOptions")
        scale = await decode_body(request, SCALE, type, options.field_validation)
        check_name(request, scale)
        ensure_namespace(scale, request.info.namespace, namespaced=True)
        return await _apply(endpoint, request, lambda old: scale, options)

    return handle


def patch_scale(endpoint: Endpoint) -> Handler:
    """Changes the scale."""
    type = builtin().type_for(SCALE)
    assert type is not None

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "PatchOptions")
        patch = await read_patch(request, type)
        return await _apply(endpoint, request, patch.apply, options)

    return handle


async def _apply(endpoint: Endpoint, request: Request, change: Any, options: WriteOptions) -> AnyResponse:
    async def transform(old: Object | None) -> Object:
        if old is None:
            raise new_not_found(endpoint.resource.group_resource, request.info.name)
        scale = change(scale_of(old))
        replicas = (scale.get("spec") or {}).get("replicas", 0)
        if replicas < 0:
            text = "must be greater than or equal to 0"
            fault = field.invalid("spec.replicas", replicas, text)
            raise new_invalid(GroupKind("autoscaling", "Scale"), request.info.name, [fault])
        version = scale["metadata"].get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            text = "the object has been modified; please apply your changes to the latest version and try again"
            raise new_conflict(endpoint.resource.group_resource, request.info.name, text)
        return {**old, "spec": {**old["spec"], "replicas": replicas}}

    updated = await endpoint.store.update(
        endpoint.context(request, options),
        request.info.name,
        transform,
        endpoint.validating(request, UPDATE, dry_run=options.dry_run, subresource="scale"),
        subresource="scale",
    )
    return answer_object(scale_of(updated.item.obj), request)
