"""Events: those of the newer group have more to say than the older ones.

Source: kubernetes ``pkg/apis/core/validation/events.go`` ValidateEventCreate.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_NEWER = "events.k8s.io"
_REQUIRED = ("reportingController", "reportingInstance", "action", "reason")
_STORED_NAMES = {"reportingController": "reportingComponent"}


class EventStrategy(Strategy):
    """Nothing is asked of an event of the core group but that it can be stored."""

    def validate(self, context: RequestContext, obj: Object) -> ErrorList:
        """The rules of the newer group for events that come by it."""
        if context.served_group != _NEWER:
            return []
        faults: ErrorList = [
            field.required(Path.new(name)) for name in _REQUIRED if not obj.get(_STORED_NAMES.get(name, name))
        ]
        name = obj["metadata"].get("name", "")
        if name:
            faults += [field.invalid("metadata.name", name, text) for text in names.is_dns1123_subdomain(name)]
        if not obj.get("eventTime"):
            faults.append(field.required("eventTime"))
        if obj.get("type") not in ("Normal", "Warning"):
            faults.append(field.invalid("type", "", f"has invalid value: {obj.get('type', '')}"))
        return faults
