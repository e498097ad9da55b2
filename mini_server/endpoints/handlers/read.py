"""GET of one object, and LIST.

Source: apiserver ``pkg/endpoints/handlers/get.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.endpoints.answer import answer_item, answer_object
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.negotiation import YAML, negotiate
from mini_server.endpoints.options import ListOptions, list_options
from mini_server.endpoints.request import JSON, AnyResponse, Handler, Request, Response
from mini_server.endpoints.table import transform_list
from mini_server.registry.fields import stored_fields
from mini_server.storage.interface import ListResult, Predicate
from pykubectl.machinery.codecs import json

Object = dict[str, Any]


def get_handler(endpoint: Endpoint) -> Handler:
    """One object, at least as new as ``resourceVersion``."""
    resource, store = endpoint.resource, endpoint.store

    async def handle(request: Request) -> AnyResponse:
        info = request.info
        namespace = info.namespace if resource.namespaced else ""
        version = request.query.get("resourceVersion") or "" if request.query.raw else ""
        item = await store.get(namespace, info.name, version)
        return answer_item(endpoint, item, request)

    return handle


def predicate_of(endpoint: Endpoint, options: ListOptions) -> Predicate:
    """The selection that options ask for. Raises a bad-request StatusError on fields that cannot be selected by."""
    fields = options.fields if options.fields.empty else stored_fields(endpoint.resource, options.fields)
    return Predicate(options.labels, fields, endpoint.store.strategy.attributes)


def list_handler(endpoint: Endpoint) -> Handler:
    """The objects of a namespace, or of all."""

    async def handle(request: Request) -> AnyResponse:
        options = list_options(request)
        negotiate(request)
        namespace = request.info.namespace if endpoint.resource.namespaced else ""
        result = await endpoint.store.storage.list(
            endpoint.store.prefix(namespace),
            predicate_of(endpoint, options),
            options.resource_version,
            options.match,
            options.limit,
            options.continue_token,
        )
        return answer_list(endpoint, result, request)

    return handle


def answer_list(endpoint: Endpoint, result: ListResult, request: Request) -> Response:
    """A list in the negotiated form; the common case joins the stored bytes."""
    accept = negotiate(request)
    metadata = _metadata(result)
    if accept.transform:
        objects = [endpoint.served(item) for item in result.items]
        return answer_object(transform_list(endpoint, objects, accept, request, metadata), request, accept)
    body = _join(endpoint, result, metadata)
    if accept.media_type == YAML or accept.pretty or request.query.get("pretty"):
        return answer_object(json.loads(body), request, accept)
    return Response(200, body, JSON)


def _metadata(result: ListResult) -> Object:
    metadata: Object = {"resourceVersion": str(result.revision)}
    if result.continue_token:
        metadata["continue"] = result.continue_token
    if result.remaining:
        metadata["remainingItemCount"] = result.remaining
    return metadata


def _join(endpoint: Endpoint, result: ListResult, metadata: Object) -> bytes:
    """The list's JSON around the bytes of its items, without their apiVersion and kind, which upstream leaves out."""
    gvk = endpoint.resource.gvk
    head = b'{"kind":"%sList","apiVersion":"%s","metadata":%s,"items":[' % (
        gvk.kind.encode(),
        gvk.api_version.encode(),
        json.dumps(metadata),
    )
    own = b'{"apiVersion":%s,"kind":%s,' % (json.dumps(gvk.api_version), json.dumps(gvk.kind))
    start = len(own)
    parts = []
    for item in result.items:
        raw = endpoint.raw(item)
        parts.append(b"{" + raw[start:] if raw.startswith(own) else raw)
    return b"".join((head, b",".join(parts), b"]}\n"))
