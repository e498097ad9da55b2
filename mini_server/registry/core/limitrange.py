"""Limit ranges: those without a name get one.

Source: kubernetes ``pkg/registry/core/limitrange/strategy.go``.
"""

from __future__ import annotations

import uuid
from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy

Object = dict[str, Any]


class LimitRangeStrategy(Strategy):
    """A name is not required."""

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """The name that is missing is a uid of its own."""
        super().prepare_for_create(context, obj)
        if not obj["metadata"].get("name"):
            obj["metadata"]["name"] = str(uuid.uuid4())
