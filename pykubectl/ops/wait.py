"""Waiting for an object to be created, deleted, or to meet a condition.

Source: kubectl ``pkg/cmd/wait/{wait,condition,json,create,delete}.go``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.gostrings import go_value
from pykubectl.printers.jsonpath import JSONPath, JSONPathError, relaxed

if TYPE_CHECKING:
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

_WEEK = 168 * 3600.0
_POLL = 1.0


class Condition(NamedTuple):
    """What is waited for: ``kind`` is create, delete, condition or jsonpath; ``done`` is said when it is met."""

    kind: str
    name: str
    value: str | None
    done: str
    path: JSONPath | None = None


def parse_condition(text: str) -> Condition:
    """Reads ``--for``. Raises CommandError with kubectl's text."""
    lowered = text.lower()
    if lowered == "delete":
        return Condition("delete", "", None, "condition met")
    if lowered == "create":
        return Condition("create", "", None, "condition met")
    if lowered.startswith("condition="):
        name, equals, value = text[len("condition=") :].partition("=")
        return Condition("condition", name, value if equals else "true", "condition met")
    if lowered.startswith("jsonpath="):
        return _jsonpath(text[len("jsonpath=") :])
    raise CommandError(f'unrecognized condition: "{text}"')


def _jsonpath(text: str) -> Condition:
    text = text.strip("'\"") if text.startswith(("'", '"')) else text
    closing = text.rfind("}")
    expression, rest = (text[: closing + 1], text[closing + 1 :]) if closing >= 0 else text.partition("=")[::2]
    value = rest.removeprefix("=") if closing >= 0 else rest
    if closing >= 0 and rest and not rest.startswith("="):
        form = "--for=jsonpath='{.status.readyReplicas}'"
        raise CommandError(f"jsonpath wait format must be {form}=3 or {form}")
    if rest == "=":
        raise CommandError("jsonpath wait has to have a value after equal sign")
    try:
        path = JSONPath(relaxed(expression), allow_missing=True)
    except JSONPathError as error:
        raise CommandError(str(error)) from None
    return Condition("jsonpath", expression, value.strip("'\"") if rest else None, "condition met", path)


def wait_for(info: Info, condition: Condition, timeout: float) -> Object | None:
    """The object when the condition is met, None where one that was to be deleted was never there.

    Raises CommandError on a time-out, StatusError.
    """
    deadline = time.monotonic() + (timeout if timeout >= 0 else _WEEK)
    last: Object = _named(info)
    seen = False
    while True:
        current = _read(info)
        if current is None and condition.kind == "delete":
            return last if seen else None
        if current is None and condition.kind != "create":
            raise _not_found(info)
        if current is not None:
            last, seen = current, True
            if condition.kind != "delete" and _met(condition, current):
                return current
        left = deadline - time.monotonic()
        if left <= 0 and condition.kind == "create":
            raise CommandError("timed out waiting for the condition")
        if left <= 0:
            shown = f"{info.mapping.resource.resource}/{info.name}"
            raise CommandError(f"timed out waiting for the condition on {shown}")
        if current is None:
            time.sleep(min(_POLL, left))
        else:
            _next_change(info, current, left)


def _named(info: Info) -> Object:
    kind = info.mapping.kind
    meta = {"name": info.name, **({"namespace": info.namespace} if info.namespace else {})}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta}


def _not_found(info: Info) -> StatusError:
    from pykubectl.machinery.errors import new_not_found

    return new_not_found(info.mapping.resource.group_resource, info.name)


def _read(info: Info) -> Object | None:
    try:
        return info.client.get(info.name)
    except StatusError as error:
        if is_not_found(error):
            return None
        raise


def _met(condition: Condition, obj: Object) -> bool:
    if condition.kind == "create":
        return True
    if condition.kind == "jsonpath":
        assert condition.path is not None
        found = [value for group in condition.path.find(obj) for value in group]
        if condition.value is None:
            return bool(found)
        return bool(found) and go_value(found[0]).strip() == condition.value.strip()
    generation = obj["metadata"].get("generation")
    for entry in (obj.get("status") or {}).get("conditions") or []:
        if entry.get("type", "").lower() != condition.name.lower():
            continue
        observed = entry.get("observedGeneration") or (obj.get("status") or {}).get("observedGeneration")
        if generation and observed and observed < generation:
            return False
        return str(entry.get("status", "")).lower() == (condition.value or "").lower()
    return False


def _next_change(info: Info, current: Object, seconds: float) -> None:
    """Returns at the object's next change, or when the time is over."""
    params = {
        "fieldSelector": f"metadata.name={info.name}",
        "resourceVersion": current["metadata"]["resourceVersion"],
        "watch": True,
        "timeoutSeconds": max(1, min(300, int(seconds) + 1)),
    }
    response = info.client.rest.stream("GET", info.client.path(), params=params, timeout=seconds + 1)
    try:
        for line in response.lines():
            if line and json.loads(line)["type"] != "BOOKMARK":
                return
    finally:
        response.close()
