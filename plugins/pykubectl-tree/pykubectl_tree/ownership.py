"""Who owns whom: a tree out of a flat list of objects. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from pykubectl.machinery.values.time import age

Object = dict[str, Any]

HEADER = ("NAMESPACE", "NAME", "READY", "REASON", "AGE")
# The first of these that an object has tells whether it is ready.
READY_CONDITIONS = ("Ready", "Available")


class Row(NamedTuple):
    """A line of the tree: the object, and what stands before its name."""

    prefix: str
    obj: Object


def children_by_owner(objects: Iterable[Object]) -> dict[str, list[Object]]:
    """Owner's uid -> owned objects by kind and name. An object with several owners is below each of them."""
    found: dict[str, dict[str, Object]] = {}
    for obj in objects:
        for reference in obj["metadata"].get("ownerReferences") or ():
            found.setdefault(reference["uid"], {})[obj["metadata"]["uid"]] = obj
    return {uid: sorted(owned.values(), key=_order) for uid, owned in found.items()}


def _order(obj: Object) -> tuple[str, str]:
    return obj["kind"], obj["metadata"]["name"]


def rows(root: Object, children: dict[str, list[Object]]) -> Iterator[Row]:
    """The root's row and those of everything below it, depth first. A circle of owners is cut where it closes."""
    yield Row("", root)
    yield from _below(root, children, "", {root["metadata"]["uid"]})


def _below(owner: Object, children: dict[str, list[Object]], indent: str, above: set[str]) -> Iterator[Row]:
    owned = [o for o in children.get(owner["metadata"]["uid"], ()) if o["metadata"]["uid"] not in above]
    for position, obj in enumerate(owned):
        last = position == len(owned) - 1
        yield Row(indent + ("└─" if last else "├─"), obj)
        yield from _below(obj, children, indent + ("  " if last else "│ "), above | {obj["metadata"]["uid"]})


def cells(row: Row, now: datetime) -> tuple[str, ...]:
    """A row's texts, in the order of `HEADER`."""
    meta = row.obj["metadata"]
    ready, reason = readiness(row.obj)
    name = f"{row.prefix}{row.obj['kind']}/{meta['name']}"
    return meta.get("namespace", ""), name, ready, reason, age(meta.get("creationTimestamp"), now)


def readiness(obj: Object) -> tuple[str, str]:
    """Status and reason of the condition that says whether the object is ready; ``("-", "")`` where there is none."""
    conditions = {c.get("type"): c for c in (obj.get("status") or {}).get("conditions") or ()}
    for name in READY_CONDITIONS:
        if name in conditions:
            return conditions[name].get("status", "-"), conditions[name].get("reason") or ""
    return "-", ""
