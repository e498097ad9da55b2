"""Pods that nobody else will remove."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.podgc.controller import ALL, PERIOD, QUARANTINE, PodGarbageCollector
from mini_server.controllers.resources import NODES, PODS
from tests.unit.controllers.fakes import FakeCluster

Object = dict[str, Any]


class World:
    """A node ``n`` and pods."""

    def __init__(self, threshold: int | None = None) -> None:
        self.cluster = FakeCluster()
        context = self.cluster.context()
        if threshold is not None:
            context.settings["terminated-pod-gc-threshold"] = threshold
        self.collector = PodGarbageCollector(context)
        self.cluster.create(NODES, "", {"metadata": {"name": "n"}})

    def pod(self, name: str, node: str = "n", phase: str = "Running", **metadata: Any) -> Object:
        spec = {"nodeName": node} if node else {}
        body = {"metadata": {"name": name, **metadata}, "spec": spec, "status": {"phase": phase}}
        return self.cluster.create(PODS, "ns", body)

    def look(self, after: float = 0) -> list[str]:
        """What is left after a look."""
        self.cluster.clock.advance(after)
        self.collector.sync(ALL)
        self.collector.stop()
        return self.cluster.names(PODS)


def test_pods_of_a_node_that_is_gone_go_after_a_while() -> None:
    world = World()
    world.pod("lost", node="gone")
    world.pod("fine")

    assert world.look() == ["fine", "lost"]
    assert world.look(QUARANTINE - 1) == ["fine", "lost"]
    assert world.look(1) == ["fine"]


def test_a_lost_pod_has_failed_before_it_goes() -> None:
    world = World()
    world.pod("lost", node="gone", finalizers=["held"])
    world.look()
    world.look(QUARANTINE)

    status = world.cluster.get(PODS, "ns", "lost")["status"]
    assert status["phase"] == "Failed"
    assert [(c["type"], c["reason"], c["message"]) for c in status["conditions"]] == [
        ("DisruptionTarget", "DeletionByPodGC", "PodGC: node no longer exists")
    ]


def test_a_node_that_comes_back_has_its_pods() -> None:
    world = World()
    world.pod("p", node="late")
    world.look()
    world.cluster.create(NODES, "", {"metadata": {"name": "late"}})

    world.look(QUARANTINE)
    world.cluster.delete(NODES, "", "late")

    # The time begins anew.
    assert world.look() == ["p"]
    assert world.look(QUARANTINE) == []


def test_a_node_that_only_the_cache_lacks_is_there() -> None:
    world = World()
    world.pod("p", node="late")
    world.look()
    world.cluster.informer(NODES).frozen = True
    world.cluster.create(NODES, "", {"metadata": {"name": "late"}})
    assert world.look(QUARANTINE) == ["p"]


@pytest.mark.parametrize(("threshold", "left"), [(1, ["c", "r"]), (2, ["b", "c", "r"]), (0, ["a", "b", "c", "r"])])
def test_of_very_many_finished_pods_the_oldest_go(threshold: int, left: list[str]) -> None:
    world = World(threshold)
    for name, phase in (("r", "Running"), ("a", "Failed"), ("b", "Succeeded"), ("c", "Succeeded")):
        world.pod(name, phase=phase)
        world.cluster.clock.advance(1)

    assert world.look() == left


def test_a_pod_that_leaves_before_it_was_put_anywhere_goes() -> None:
    world = World()
    world.pod("p", node="", deletionTimestamp="2026-01-01T00:00:00Z")
    world.pod("waiting", node="")

    assert world.look() == ["waiting"]


def test_there_is_another_look() -> None:
    world = World()
    world.collector.sync(ALL)
    world.cluster.clock.advance(PERIOD)
    assert world.collector.queue.get() == (ALL, False)
    world.collector.stop()
