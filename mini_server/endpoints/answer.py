"""Objects to answers, in the negotiated form."""

from __future__ import annotations

from typing import Any

from mini_server.endpoints.endpoint import Endpoint, item_response
from mini_server.endpoints.negotiation import YAML, Accept, negotiate
from mini_server.endpoints.request import JSON, Request, Response
from mini_server.endpoints.request_info import is_true
from mini_server.endpoints.table import transform_item
from mini_server.storage.item import Item
from pykubectl.machinery.codecs import json

Object = dict[str, Any]

_CREATED = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def answer_item(endpoint: Endpoint, item: Item, request: Request, status: int = 200) -> Response:
    """One object; the common case sends the stored bytes."""
    accept = negotiate(request)
    if not accept.transform and accept.media_type == JSON and not _pretty(request, accept):
        return item_response(endpoint.raw(item), status)
    obj = endpoint.served(item)
    if accept.transform:
        obj = transform_item(endpoint, obj, accept, request)
    return answer_object(obj, request, accept, status)


def answer_object(obj: Any, request: Request, accept: Accept | None = None, status: int = 200) -> Response:
    """Any object, as JSON or YAML."""
    accept = accept or negotiate(request, transforms=False)
    if accept.media_type == YAML:
        from pykubectl.machinery.codecs import yaml

        return Response(status, yaml.dumps(obj).encode(), YAML)
    if _pretty(request, accept):
        import orjson

        return Response(status, orjson.dumps(obj, option=orjson.OPT_INDENT_2), JSON)
    return item_response(json.dumps(obj), status)


def answer_created(request: Request) -> Response:
    """That it is done, for creates that leave nothing to show."""
    return answer_object(_CREATED, request, status=201)


def _pretty(request: Request, accept: Accept) -> bool:
    return accept.pretty or (bool(request.query.raw) and is_true(request.query.get("pretty")))
