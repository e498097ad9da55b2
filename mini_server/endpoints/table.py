"""Objects as rows of a Table, and as metadata alone.

Source: apiserver ``pkg/endpoints/handlers/response.go``, ``pkg/registry/rest/table.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mini_server.apis import columns
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.negotiation import Accept
from mini_server.endpoints.request import Request
from pykubectl.machinery.errors import new_bad_request, new_not_acceptable
from pykubectl.machinery.validation import field

Object = dict[str, Any]

_INCLUDE = ("", "Metadata", "Object", "None")


def include_object(request: Request) -> str:
    """The ``includeObject`` parameter. Raises a bad-request StatusError on an unknown value."""
    value = request.query.get("includeObject") or ""
    if value not in _INCLUDE:
        fault = field.invalid("includeObject", value, "must be 'Metadata', 'Object', 'None', or empty")
        raise new_bad_request(f"Unable to convert to Table as requested: {fault}")
    return value or "Metadata"


def partial(obj: Object, version: str = "v1") -> Object:
    """An object's metadata as PartialObjectMetadata."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": _shown(obj),
    }


# Annotations that stand for a field of the form inside upstream's server, of which tables are made.
_OF_FIELDS = {"DaemonSet": "deprecated.daemonset.template.generation"}


def _shown(obj: Object) -> Object:
    metadata: Object = obj.get("metadata", {})
    hidden, annotations = _OF_FIELDS.get(obj.get("kind", "")), metadata.get("annotations") or {}
    if hidden not in annotations:
        return metadata
    shown = {**metadata, "annotations": {name: text for name, text in annotations.items() if name != hidden}}
    if not shown["annotations"]:
        del shown["annotations"]
    return shown


def table(
    endpoint: Endpoint,
    objects: Iterable[Object],
    accept: Accept,
    include: str,
    metadata: Object,
    *,
    with_definitions: bool = True,
) -> Object:
    """A Table of objects."""
    now = endpoint.clock.now()
    gr = endpoint.store.resource.group_resource
    definitions = [column.definition() for column in columns.columns(gr)] if with_definitions else None
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{accept.version}",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": [_row(endpoint, obj, accept, include, now) for obj in objects],
    }


def _row(endpoint: Endpoint, obj: Object, accept: Accept, include: str, now: datetime) -> Object:
    # Cells are made of the form that all versions of a resource share.
    gr, stored = endpoint.store.resource.group_resource, endpoint.stored(obj)
    row: Object = {"cells": columns.cells(gr, stored, now)}
    if conditions := columns.row_conditions(gr, stored):
        row["conditions"] = conditions
    row["object"] = None if include == "None" else obj if include == "Object" else partial(obj, accept.version)
    return row


def transform_item(endpoint: Endpoint, obj: Object, accept: Accept, request: Request) -> Object:
    """A single object in the form asked for. Raises a StatusError (406) on a form for lists."""
    if accept.transform == "Table":
        metadata = {"resourceVersion": obj.get("metadata", {}).get("resourceVersion", "")}
        return table(endpoint, [obj], accept, include_object(request), metadata)
    if accept.transform == "PartialObjectMetadataList":
        kind = f"*{endpoint.resource.gvk.group.split('.')[0] or 'core'}.{endpoint.resource.kind}"
        raise new_not_acceptable(
            f"you requested PartialObjectMetadataList, but the requested object is not a list ({kind})"
        )
    return partial(obj, accept.version)


def transform_list(
    endpoint: Endpoint, objects: list[Object], accept: Accept, request: Request, metadata: Object
) -> Object:
    """A list in the form asked for. Raises a StatusError (406) on the form of a single object."""
    if accept.transform == "Table":
        return table(endpoint, objects, accept, include_object(request), metadata)
    if accept.transform == "PartialObjectMetadata":
        kind = f"*{endpoint.resource.gvk.group.split('.')[0] or 'core'}.{endpoint.resource.kind}List"
        raise new_not_acceptable(f"you requested PartialObjectMetadata, but the requested object is a list ({kind})")
    return {
        "kind": "PartialObjectMetadataList",
        "apiVersion": f"meta.k8s.io/{accept.version}",
        "metadata": metadata,
        "items": [partial(obj, accept.version) for obj in objects],
    }
