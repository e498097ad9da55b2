"""Finished Jobs go when their time has come."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.resources import JOBS
from mini_server.controllers.ttlafterfinished.controller import TTLAfterFinishedController
from pykubectl.machinery.errors import new_not_found
from tests.unit.controllers.fakes import FakeCluster, Write, refusing
from tests.unit.controllers.jobs import KEY, NAMESPACE, job

Object = dict[str, Any]


class World:
    """A Job that ended now, and may be kept for a while."""

    def __init__(self, seconds: int | None = 10, kind: str = "Complete") -> None:
        self.cluster = FakeCluster()
        self.controller = TTLAfterFinishedController(self.cluster.context())
        condition = {"type": kind, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        body = {**job(ttlSecondsAfterFinished=seconds), "status": {"conditions": [condition]}}
        self.cluster.create(JOBS, NAMESPACE, body)

    @property
    def job(self) -> Object:
        return self.cluster.get(JOBS, NAMESPACE, "d")

    def is_deleted(self) -> bool:
        return any(write.verb == "delete" for write in self.cluster.writes)

    def sync(self) -> None:
        self.controller.sync(KEY)
        self.controller.stop()


@pytest.mark.parametrize("kind", ["Complete", "Failed"])
def test_a_job_goes_after_its_time(kind: str) -> None:
    world = World(kind=kind)
    world.cluster.clock.advance(9)
    world.controller.sync(KEY)
    assert not world.is_deleted()

    world.cluster.clock.advance(1)
    world.sync()

    assert world.cluster.writes[-1] == Write("delete", "jobs", "d", "Foreground")


@pytest.mark.parametrize("world", [World(None), World(kind="Suspended"), World(kind="SuccessCriteriaMet")])
def test_other_jobs_stay(world: World) -> None:
    world.cluster.clock.advance(3600)
    world.sync()
    assert not world.is_deleted()


def test_no_time_at_all_is_possible() -> None:
    world = World(0)
    world.sync()
    assert world.is_deleted()


def test_a_job_is_looked_at_when_its_time_comes() -> None:
    world = World()
    world.controller.queue.done(world.controller.queue.get()[0] or "")
    world.controller.sync(KEY)
    world.cluster.clock.advance(10)
    assert world.controller.queue.get() == (KEY, False)
    world.controller.stop()


def test_a_longer_life_that_the_cache_lacks_counts() -> None:
    world = World()
    world.cluster.informer(JOBS).frozen = True
    world.cluster.put(JOBS, {**world.job, "spec": {**world.job["spec"], "ttlSecondsAfterFinished": 60}})
    world.cluster.clock.advance(10)

    world.sync()

    assert not world.is_deleted()


def test_one_that_is_deleted_already_needs_nothing() -> None:
    world = World(0)
    world.cluster.mark_deleted(JOBS, world.job, finalizers=["foregroundDeletion"])
    world.sync()
    assert not world.is_deleted()

    other = World(0)
    other.cluster.refuse = refusing("delete", "jobs", lambda gvr, obj: new_not_found(gvr.group_resource, "d"))
    other.sync()
    world.controller.sync("default/gone")
