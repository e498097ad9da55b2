"""Events: those of the newer group have more to say than the older ones.

Source: kubernetes ``pkg/apis/core/validation/events.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import rules
from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_NEWER = "events.k8s.io"
_MAX, _MAX_NOTE = 128, 1024
_TEXTS = ("reportingInstance", "action", "reason")
_UNSET = ("firstTimestamp", "lastTimestamp", "count")
_FIXED = (
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "type",
    "eventTime",
    "action",
    "related",
    "reportingComponent",
    "reportingInstance",
)
# What immutable fields are called in faults, where the stored version calls them otherwise.
_TITLES = {"reportingComponent": "reportingController"}


class EventStrategy(Strategy):
    """The older group asks little of events; what comes by the newer one has to be complete."""

    def validate(self, context: RequestContext, obj: Object) -> ErrorList:
        """A new event."""
        faults = _any_event(obj, context.served_group)
        if context.served_group != _NEWER:
            return faults
        name = obj["metadata"].get("name", "")
        faults += rules.told("metadata.name", name, names.is_dns1123_subdomain(name)) if name else []
        if not obj.get("eventTime"):
            faults.append(field.required("eventTime"))
        if obj.get("type") not in ("Normal", "Warning"):
            faults.append(field.invalid("type", "", f"has invalid value: {obj.get('type', '')}"))
        faults += [field.invalid(name, "", "needs to be unset") for name in _UNSET if obj.get(name)]
        if any((obj.get("source") or {}).values()):
            faults.append(field.invalid("source", "", "needs to be unset"))
        return faults

    def validate_update(self, context: RequestContext, obj: Object, old: Object) -> ErrorList:
        """By the newer group, only the series of an event goes on."""
        faults = _any_event(obj, context.served_group)
        if context.served_group != _NEWER:
            return faults
        # Upstream asks once more.
        return faults + 2 * [
            field.invalid(_TITLES.get(name, name), obj.get(name), rules.IMMUTABLE)
            for name in _FIXED
            if obj.get(name) != old.get(name)
        ]


def _any_event(obj: Object, group: str) -> ErrorList:
    """Events with a time of their own are of the newer kind, however they come."""
    namespace, about = obj["metadata"].get("namespace", ""), (obj.get("involvedObject") or {}).get("namespace", "")
    newer = bool(obj.get("eventTime"))
    anywhere = ("default", "kube-system") if newer else ("", "default")
    faults: ErrorList = []
    if (namespace not in anywhere) if not about else (not newer and namespace != about):
        faults.append(field.invalid("involvedObject.namespace", about, "does not match event.namespace"))
    if not newer:
        return faults
    reporter, title = (
        obj.get("reportingComponent", ""),
        "reportingController" if group == _NEWER else "reportingComponent",
    )
    faults += rules.named(Path.new(title), reporter, names.is_qualified_name)
    for name in _TEXTS:
        if not obj.get(name):
            faults.append(field.required(name))
        elif len(obj[name]) > _MAX:
            faults.append(field.invalid(name, "", f"can have at most {_MAX} characters"))
    if len(obj.get("message") or "") > _MAX_NOTE:
        faults.append(field.invalid("message", "", f"can have at most {_MAX_NOTE} characters"))
    return faults
