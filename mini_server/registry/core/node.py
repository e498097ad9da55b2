"""Nodes: whoever creates one may say how it is.

Source: kubernetes ``pkg/registry/core/node/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy

Object = dict[str, Any]


class NodeStrategy(Strategy):
    """The status of a new node is kept: kubelets register with it."""

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """Nothing is dropped."""
