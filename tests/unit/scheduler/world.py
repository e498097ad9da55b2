"""What the plugins of the default profile see of a cluster, without a scheduler around them."""

from __future__ import annotations

import random
from typing import Any

from mini_server.scheduler.framework.runtime import Framework
from mini_server.scheduler.profile import Handle, new_framework
from mini_server.scheduler.schedule import Decision, decide
from pykubectl.machinery import labels
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.scheduler.builders import Object, make_pod, snapshot


class World:
    """What plugins ask for, and whom they evict."""

    def __init__(self, budgets: list[Object] | None = None) -> None:
        self.evicted: list[str] = []
        self.budgets = budgets or []
        self.framework: Framework = new_framework(self.handle(), FakeClock())

    def handle(self) -> Handle:
        return Handle(
            lambda pod, node: None,
            lambda victim, preemptor, node: self.evicted.append(victim["metadata"]["name"]),
            lambda: self.budgets,
            lambda name: {},
            lambda pod: labels.nothing(),
            lambda: self.framework,
        )

    def decide(self, pod: Object, *nodes: Any, nominated: Any = None) -> Decision:
        return decide(self.framework, pod, snapshot(*nodes), random.Random(1), nominated)


def low(name: str, cpu: str = "2", **more: Any) -> Object:
    """A pod of no importance on n1."""
    return make_pod(name, requests={"cpu": cpu}, node="n1", priority=0, **more)


def high(cpu: str = "2", name: str = "high", **more: Any) -> Object:
    """A pod that others have to make room for."""
    return make_pod(name, requests={"cpu": cpu}, priority=100, **more)
