"""What is wrong with an object, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from mini_server.apis.scheme import server_scheme
from mini_server.apis.validation import validate_create, validate_status_update, validate_update
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]


def of_kind(api_version: str, kind: str, spec: Any, **more: Any) -> Object:
    """An object with a name."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "uid": "u"}, "spec": spec, **more}


def _kind(obj: Object) -> GroupVersionKind:
    return GroupVersionKind.from_api_version(obj["apiVersion"], obj["kind"])


def defaulted(obj: Object) -> Object:
    """A copy with the defaults of its version."""
    copy = deepcopy(obj)
    server_scheme().default(copy, _kind(copy))
    return copy


def faults(obj: Object) -> list[str]:
    """Of a new object."""
    return [str(fault) for fault in validate_create(_kind(obj), defaulted(obj))]


def change_faults(old: Object, new: Object) -> list[str]:
    """Of a change, each once."""
    return list(dict.fromkeys(str(fault) for fault in validate_update(_kind(old), defaulted(new), defaulted(old))))


def status_faults(old: Object, new: Object) -> list[str]:
    """Of a change of the status, each once."""
    return list(dict.fromkeys(str(fault) for fault in validate_status_update(_kind(old), new, old)))


def changed(obj: Object, path: str, value: Any) -> Object:
    """A copy with another value at a path such as ``spec.containers.0.image``; None takes the field away."""
    copy = deepcopy(obj)
    *steps, last = path.split(".")
    place: Any = copy
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if isinstance(place, list):
        place[int(last)] = value
    elif value is None:
        place.pop(last, None)
    else:
        place[last] = value
    return copy


def lines(obj: Object, values: Mapping[str, Any]) -> list[str]:
    """The faults of an object after several changes."""
    for path, value in values.items():
        obj = changed(obj, path, value)
    return faults(obj)
