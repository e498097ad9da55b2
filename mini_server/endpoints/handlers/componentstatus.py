"""componentstatuses: deprecated, and answered from what this process knows of itself.

Source: kubernetes ``pkg/registry/core/componentstatus``.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import columns
from mini_server.endpoints.answer import answer_object
from mini_server.endpoints.negotiation import negotiate
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.endpoints.table import partial
from pykubectl.api.resources import Resource
from pykubectl.machinery.errors import new_not_found
from pykubectl.machinery.schema import GroupResource

Object = dict[str, Any]

# The store is part of this process: that it answers at all says that it is well.
_HEALTHY = {"etcd-0": "ok"}


def component_status_handlers(resource: Resource) -> dict[str, Handler]:
    """GET and LIST."""

    async def get(request: Request) -> AnyResponse:
        if request.info.name not in _HEALTHY:
            # Upstream's text has the singular here.
            raise new_not_found(GroupResource("", resource.singular), request.info.name)
        accept = negotiate(request)
        status = _status(request.info.name, with_kind=True)
        shown = _table(resource, [status], accept.version) if accept.transform == "Table" else status
        return answer_object(shown, request, accept)

    async def list_all(request: Request) -> AnyResponse:
        accept = negotiate(request)
        items = [_status(name, with_kind=False) for name in _HEALTHY]
        if accept.transform == "Table":
            return answer_object(_table(resource, items, accept.version), request, accept)
        body = {"kind": "ComponentStatusList", "apiVersion": "v1", "metadata": {}, "items": items}
        return answer_object(body, request, accept)

    return {"get": get, "list": list_all}


def _status(name: str, *, with_kind: bool) -> Object:
    conditions = [{"type": "Healthy", "status": "True", "message": _HEALTHY[name]}]
    status: Object = {"metadata": {"name": name}, "conditions": conditions}
    return {"kind": "ComponentStatus", "apiVersion": "v1", **status} if with_kind else status


def _table(resource: Resource, items: list[Object], version: str) -> Object:
    from datetime import UTC, datetime

    gr, now = resource.group_resource, datetime.now(UTC)
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": {},
        "columnDefinitions": [column.definition() for column in columns.columns(gr)],
        "rows": [{"cells": columns.cells(gr, item, now), "object": partial(item, version)} for item in items],
    }
