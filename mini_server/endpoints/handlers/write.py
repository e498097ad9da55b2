"""CREATE and UPDATE.

Source: apiserver ``pkg/endpoints/handlers/create.go``, ``update.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import CREATE, UPDATE
from mini_server.apis.scheme import server_scheme
from mini_server.endpoints.answer import answer_item
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.options import WriteOptions, write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.registry import meta
from mini_server.storage.interface import Preconditions
from pykubectl.machinery.errors import new_bad_request

Object = dict[str, Any]


def create_handler(endpoint: Endpoint) -> Handler:
    """A new object; its name comes from the body."""

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "CreateOptions")
        obj = await decode_body(request, endpoint.resource.gvk, endpoint.type, options.field_validation)
        return await create(endpoint, request, obj, options)

    return handle


async def create(endpoint: Endpoint, request: Request, obj: Object, options: WriteOptions) -> AnyResponse:
    """Admits and stores a decoded object."""
    resource = endpoint.resource
    meta.ensure_namespace(obj, request.info.namespace, namespaced=resource.namespaced)
    server_scheme().default(obj, resource.gvk)
    obj = endpoint.stored(obj)
    attributes = endpoint.attributes(request, CREATE, obj, None, dry_run=options.dry_run)
    await endpoint.admission.admit(attributes)
    context = endpoint.context(request, options)
    validate = endpoint.validating(request, CREATE, dry_run=options.dry_run)
    item = await endpoint.store.create(context, obj, validate)
    return answer_item(endpoint, item, request, 201)


def update_handler(endpoint: Endpoint, subresource: str = "") -> Handler:
    """Replaces an object, or its status."""

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "UpdateOptions")
        obj = await decode_body(request, endpoint.resource.gvk, endpoint.type, options.field_validation)
        check_name(request, obj)
        meta.ensure_namespace(obj, request.info.namespace, namespaced=endpoint.resource.namespaced)
        server_scheme().default(obj, endpoint.resource.gvk)
        stored = endpoint.stored(obj)

        async def transform(old: Object | None) -> Object:
            return await admitted(endpoint, request, dict(stored), old, options, subresource)

        uid = stored["metadata"].get("uid")
        preconditions = Preconditions(uid) if uid else None
        return await apply_update(endpoint, request, transform, options, subresource, preconditions)

    return handle


async def admitted(
    endpoint: Endpoint,
    request: Request,
    obj: Object,
    old: Object | None,
    options: WriteOptions,
    subresource: str,
) -> Object:
    """The object after mutating admission. Metadata is copied first: the object may be needed for another attempt."""
    obj["metadata"] = dict(obj.get("metadata") or {})
    operation = CREATE if old is None else UPDATE
    await endpoint.admission.admit(
        endpoint.attributes(request, operation, obj, old, dry_run=options.dry_run, subresource=subresource)
    )
    return obj


async def apply_update(
    endpoint: Endpoint,
    request: Request,
    transform: Any,
    options: WriteOptions,
    subresource: str,
    preconditions: Preconditions | None = None,
) -> AnyResponse:
    """Stores what ``transform`` makes of the stored object, and answers with it."""
    updated = await endpoint.store.update(
        endpoint.context(request, options),
        request.info.name,
        transform,
        endpoint.validating(request, UPDATE, dry_run=options.dry_run, subresource=subresource),
        subresource=subresource,
        preconditions=preconditions,
        validate_create=endpoint.validating(request, CREATE, dry_run=options.dry_run, subresource=subresource),
    )
    return answer_item(endpoint, updated.item, request, 201 if updated.created else 200)


def check_name(request: Request, obj: Object) -> None:
    """The body's name must be the URL's. Raises a bad-request StatusError."""
    name = obj.get("metadata", {}).get("name", "")
    if not name:
        text = f"the name of the object ({request.info.name} based on URL) was undeterminable: name must be provided"
        raise new_bad_request(text)
    if name != request.info.name:
        text = f"the name of the object ({name}) does not match the name on the URL ({request.info.name})"
        raise new_bad_request(text)
