"""Tables of objects that came without one: names and ages.

Source: cli-runtime ``pkg/printers/tableprinter.go`` printObject.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]

COLUMNS: list[Object] = [
    {"name": "Name", "type": "string", "format": "name", "priority": 0},
    {"name": "Age", "type": "string", "format": "", "priority": 0},
]


def plain_table(obj: Object, now: datetime | None = None) -> Object:
    """A Table of an object, or of a list's objects."""
    from pykubectl.machinery.values.time import age

    now = now or datetime.now(UTC)
    items = obj["items"] if isinstance(obj.get("items"), list) else [obj]
    rows = [
        {"cells": [_meta(item).get("name", ""), age(_meta(item).get("creationTimestamp"), now)], "object": item}
        for item in items
    ]
    return {"kind": "Table", "columnDefinitions": COLUMNS, "rows": rows}


def _meta(obj: Object) -> Object:
    found: Object = obj.get("metadata") or {}
    return found
