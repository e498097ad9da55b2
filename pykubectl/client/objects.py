"""Metadata of an API object, be it a typed one or a dict."""

from __future__ import annotations

from typing import Any

_ATTRIBUTES = {"resourceVersion": "resource_version"}


def meta(obj: Any, field: str) -> str:
    """A text of the object's metadata by its wire name (``name``, ``namespace``, ``uid``, ``resourceVersion``)."""
    if isinstance(obj, dict):
        value = (obj.get("metadata") or {}).get(field)
    else:
        value = getattr(obj.metadata, _ATTRIBUTES.get(field, field), None)
    return value or ""


def annotation(obj: Any, key: str) -> str:
    """The value of an annotation, ``""`` where there is none."""
    if isinstance(obj, dict):
        annotations = (obj.get("metadata") or {}).get("annotations") or {}
    else:
        annotations = obj.metadata.annotations or {}
    value = annotations.get(key, "")
    return value if isinstance(value, str) else ""


def object_label(obj: Any) -> dict[str, str]:
    """The object's labels; READ-ONLY."""
    if isinstance(obj, dict):
        return (obj.get("metadata") or {}).get("labels") or {}
    return getattr(obj.metadata, "labels", None) or {}
