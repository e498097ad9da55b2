"""Certificate signing requests: who asks is what the server knows, not what the body says.

Source: kubernetes ``pkg/registry/certificates/certificates/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

_REQUESTER = ("username", "uid", "groups", "extra")


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
        """New conditions get their times."""
        super().prepare_for_status_update(context, obj, old)
        now, before = format_time(context.now()), (old.get("status") or {}).get("conditions") or []
        for condition in (obj.get("status") or {}).get("conditions") or []:
            same: Object = next((c for c in before if c.get("type") == condition.get("type")), {})
            if not condition.get("lastUpdateTime"):
                condition["lastUpdateTime"] = now
            if not condition.get("lastTransitionTime"):
                kept = same.get("lastTransitionTime") if same.get("status") == condition.get("status") else None
                condition["lastTransitionTime"] = kept or now
