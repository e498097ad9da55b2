"""API services: those that the server itself serves are there at once.

Source: kube-aggregator ``pkg/registry/apiservice/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

_LOCAL = {
    "type": "Available",
    "status": "True",
    "reason": "Local",
    "message": "Local APIServices are always available",
}


class APIServiceStrategy(Strategy):
    """Of one with a service somebody else finds out whether it answers."""

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """Available, where no service has to be asked."""
        super().prepare_for_create(context, obj)
        if obj["spec"].get("service") is None:
            obj["status"]["conditions"] = [{**_LOCAL, "lastTransitionTime": format_time(context.now())}]
