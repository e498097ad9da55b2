"""Waiting for an object to be created, deleted, or to meet a condition.

Source: kubectl ``pkg/cmd/wait/{wait,condition,json,create,delete}.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.errors import StatusError, is_not_found, new_not_found
from pykubectl.machinery.gostrings import go_value, quote
from pykubectl.machinery.unstructured import nested, nested_field
from pykubectl.ops.changes import Deadline, states
from pykubectl.printers.jsonpath import JSONPath, JSONPathError, relaxed

if TYPE_CHECKING:
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

_POLL = 0.5
_TIMED_OUT = "timed out waiting for the condition"


class Condition(NamedTuple):
    """What is waited for: ``kind`` is create, delete, condition or jsonpath; ``done`` is said when it is met.

    ``met`` looks at an object; it raises CommandError, or AccessorError, where that cannot be told.
    """

    kind: str
    met: Callable[[Object], bool]
    done: str = "condition met"


def parse_condition(text: str) -> Condition:
    """Reads ``--for``. Raises CommandError with kubectl's text."""
    if text.lower() in ("create", "delete"):
        return Condition(text.lower(), lambda obj: True)
    kind, _, what = text.partition("=")
    if "=" in text and kind == "condition":
        name, equals, status = what.partition("=")
        return Condition(kind, lambda obj: _has_condition(obj, name, status if equals else "true"))
    if "=" in text and kind == "jsonpath":
        try:
            return Condition(kind, _jsonpath(what))
        except JSONPathError as error:
            raise CommandError(str(error)) from None
    raise CommandError(f"unrecognized condition: {quote(text)}")


def _jsonpath(text: str) -> Callable[[Object], bool]:
    # "==" is of the expression.
    expression, *values = [part.replace("\0", "==") for part in text.replace("==", "\0").split("=")]
    if len(values) > 1:
        form = "--for=jsonpath='{.status.readyReplicas}'"
        raise CommandError(f"jsonpath wait format must be {form}=3 or {form}")
    template = relaxed(expression)
    value = values[0].strip("'\"") if values else None
    if value == "":
        example = "--for=jsonpath='{.status.readyReplicas}'=3"
        raise CommandError(f"jsonpath wait has to have a value after equal sign, like {example}")
    if not template:
        raise CommandError("jsonpath expression cannot be empty")
    path = JSONPath(template, allow_missing=True)
    return lambda obj: _has_value(obj, path, value)


def _has_value(obj: Object, path: JSONPath, value: str | None) -> bool:
    try:
        found = path.find(obj)
    except JSONPathError as error:
        raise CommandError(str(error)) from None
    if not found or not found[0]:
        return False
    if len(found) > 1:
        raise CommandError("given jsonpath expression matches more than one list")
    if len(found[0]) > 1:
        raise CommandError("given jsonpath expression matches more than one value")
    if value is None:
        return True
    if isinstance(found[0][0], (dict, list)):
        raise CommandError("jsonpath leads to a nested object or list which is not supported")
    return go_value(found[0][0]).strip() == value.strip()


def _has_condition(obj: Object, name: str, status: str) -> bool:
    for entry in nested(obj, list, "status", "conditions") or []:
        if not isinstance(entry, dict) or not isinstance(entry.get("status"), str):
            continue
        if not isinstance(entry.get("type"), str) or entry["type"].casefold() != name.casefold():
            continue
        # What was observed of an older generation tells nothing.
        return not _is_outdated(obj, entry) and bool(entry["status"].casefold() == status.casefold())
    return False


def _is_outdated(obj: Object, condition: Object) -> bool:
    generation = obj["metadata"].get("generation")
    observed = condition.get("observedGeneration")
    if observed is None:
        observed, _ = nested_field(obj, "status", "observedGeneration")
    return generation is not None and observed is not None and bool(observed < generation)


def wait_for(info: Info, condition: Condition, deadline: Deadline) -> Object | None:
    """The object when the condition is met, None where one that was to be deleted was never there.

    Without any time it is looked at once. Raises CommandError when the time is over, StatusError.
    """
    if condition.kind == "create":
        return _created(info, deadline)
    if condition.kind == "delete":
        return _deleted(info, deadline)
    current = info.client.get(info.name)
    if condition.met(current):
        return current
    if not deadline.seconds:
        raise _not_met(info)
    there = False
    for state in states(info, deadline):
        if state is None and not there:
            raise new_not_found(info.mapping.resource.group_resource, info.name)
        # One that goes away while it is waited for may come back.
        there = True
        if state is not None and condition.met(state):
            return state
    raise _timed_out(info)


def _created(info: Info, deadline: Deadline) -> Object:
    while True:
        found = _read(info)
        if found is not None:
            return found
        if not deadline.left:
            raise CommandError(_TIMED_OUT)
        deadline.sleep(_POLL)


def _deleted(info: Info, deadline: Deadline) -> Object | None:
    last = _read(info)
    if last is None:
        return None
    if not deadline.seconds:
        raise _not_met(info)
    for state in states(info, deadline):
        if state is None:
            return last
        last = state
    raise _timed_out(info)


def _read(info: Info) -> Object | None:
    try:
        return info.client.get(info.name)
    except StatusError as error:
        if is_not_found(error):
            return None
        raise


def _not_met(info: Info) -> CommandError:
    return CommandError(f"condition not met for {info.mapping.resource.resource}/{info.name}")


def _timed_out(info: Info) -> CommandError:
    return CommandError(f"{_TIMED_OUT} on {info.mapping.resource.resource}/{info.name}")
