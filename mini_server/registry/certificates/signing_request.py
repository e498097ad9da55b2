"""Certificate signing requests: who asks is what the server knows, not what the body says.

Source: kubernetes ``pkg/registry/certificates/certificates/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy, take
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

_REQUESTER = ("username", "uid", "groups", "extra")
_DECISIONS = ("Approved", "Denied")


class SigningRequestStrategy(Strategy):
    """The spec is fixed once the request is made."""

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """The user goes into the spec, whatever stood there."""
        super().prepare_for_create(context, obj)
        spec = obj.setdefault("spec", {})
        for name in _REQUESTER:
            spec.pop(name, None)
        spec.update(context.user.as_dict())

    def prepare_for_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Only metadata can change."""
        super().prepare_for_update(context, obj, old)
        obj["spec"] = old.get("spec", {})

    def prepare_for_status_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """What has been decided stays as it was; new conditions get their times."""
        super().prepare_for_status_update(context, obj, old)
        now, before = _conditions(obj), _conditions(old)
        for kind in _DECISIONS:
            places = [index for index, condition in enumerate(now) if condition.get("type") == kind]
            held = [condition for condition in before if condition.get("type") == kind]
            if len(places) == len(held):
                for index, condition in zip(places, held, strict=True):
                    now[index] = condition
        _fill_times(now, before, format_time(context.now()))

    def prepare_for_approval(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Only conditions can change."""
        super().prepare_for_status_update(context, obj, old)
        conditions = _conditions(obj)
        _fill_times(conditions, _conditions(old), format_time(context.now()))
        take(obj, old, "status")
        status = {name: value for name, value in (obj.get("status") or {}).items() if name != "conditions"}
        obj["status"] = status | ({"conditions": conditions} if conditions else {})


def _conditions(obj: Object) -> list[Object]:
    conditions: list[Object] = (obj.get("status") or {}).get("conditions") or []
    return conditions


def _fill_times(conditions: list[Object], before: list[Object], now: str) -> None:
    for condition in conditions:
        if not condition.get("lastUpdateTime"):
            condition["lastUpdateTime"] = now
        if not condition.get("lastTransitionTime"):
            same = (
                c
                for c in before
                if (c.get("type"), c.get("status")) == (condition.get("type"), condition.get("status"))
            )
            condition["lastTransitionTime"] = next(same, {}).get("lastTransitionTime") or now
