"""CronJobs: Jobs in their time, side by side or not, and their history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mini_server.controllers.cronjob.controller import SCHEDULED, CronJobController
from mini_server.controllers.resources import CRON_JOBS, JOBS
from pykubectl.machinery.errors import StatusError, new_forbidden
from pykubectl.machinery.values.time import format_time
from tests.unit.controllers.fakes import FakeCluster, refusing, terminating
from tests.unit.controllers.jobs import KEY, NAMESPACE
from tests.unit.controllers.workloads import template

Object = dict[str, Any]


class World:
    """A CronJob ``d`` that is due every minute, made at midnight."""

    def __init__(self, **spec: Any) -> None:
        self.cluster = FakeCluster()
        self.controller = CronJobController(self.cluster.context())
        body = {
            "schedule": "* * * * *",
            "concurrencyPolicy": "Allow",
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": {"metadata": {"labels": {"own": "x"}}, "spec": {"template": template()}},
            **spec,
        }
        obj = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "d"}, "spec": body}
        self.cluster.create(CRON_JOBS, NAMESPACE, obj)

    @property
    def cron_job(self) -> Object:
        return self.cluster.get(CRON_JOBS, NAMESPACE, "d")

    @property
    def status(self) -> Object:
        status: Object = self.cron_job.get("status") or {}
        return status

    def jobs(self) -> list[str]:
        return self.cluster.names(JOBS)

    def sync(self) -> None:
        self.cluster.settle(self.controller, KEY)

    def pass_minutes(self, count: float = 1) -> None:
        self.cluster.clock.advance(60 * count)
        self.sync()

    def finish(self, name: str, kind: str = "Complete") -> None:
        """A Job ends now."""
        now = format_time(self.cluster.clock.now())
        conditions = [{"type": kind, "status": "True", "lastTransitionTime": now}]
        status: Object = {"conditions": conditions, "startTime": now}
        if kind == "Complete":
            status["completionTime"] = now
        self.cluster.put(JOBS, {**self.cluster.get(JOBS, NAMESPACE, name), "status": status})

    def active(self) -> list[str]:
        return [reference["name"] for reference in self.status.get("active") or []]


Make = Callable[..., World]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes worlds; at the end their queues' threads end."""
    made: list[World] = []

    def begin(**spec: Any) -> World:
        made.append(World(**spec))
        return made[-1]

    yield begin
    for world in made:
        world.controller.stop()


# Minutes since 1970 at the midnight that the clock begins with.
FIRST = 29453760


def name(minute: int) -> str:
    return f"d-{FIRST + minute}"


def test_a_job_is_made_in_its_time(make: Make) -> None:
    world = make()
    world.sync()
    assert world.jobs() == []

    world.pass_minutes()

    (job,) = world.cluster.list(JOBS)
    meta = job["metadata"]
    assert meta["name"] == name(1)
    assert meta["labels"] == {"own": "x"}
    assert meta["annotations"] == {SCHEDULED: "2026-01-01T00:01:00Z"}
    assert (meta["ownerReferences"][0]["kind"], meta["ownerReferences"][0]["controller"]) == ("CronJob", True)
    assert job["spec"] == {"template": template()}
    assert world.status["lastScheduleTime"] == "2026-01-01T00:01:00Z"
    assert world.active() == [name(1)]
    assert world.cluster.events == [("Normal", "SuccessfulCreate", f"Created job {name(1)}")]


def test_it_is_looked_at_again_when_the_next_is_due(make: Make) -> None:
    world = make()
    world.controller.queue.done(world.controller.queue.get()[0] or "")
    world.sync()
    world.cluster.clock.advance(60.2)
    assert world.controller.queue.get() == (KEY, False)


def test_of_missed_times_the_last_is_made_up_for(make: Make) -> None:
    world = make()
    world.pass_minutes(10)
    assert world.jobs() == [name(10)]


def test_very_many_missed_times_are_told(make: Make) -> None:
    world = make()
    world.pass_minutes(200)
    assert world.jobs() == [name(200)]
    assert world.cluster.reasons()[0] == "TooManyMissedTimes"


def test_a_time_that_is_past_its_deadline_is_left_out(make: Make) -> None:
    world = make(schedule="0 * * * *", startingDeadlineSeconds=30)
    world.pass_minutes(61)
    assert world.jobs() == []


@pytest.mark.parametrize(
    ("policy", "jobs", "active"),
    [
        ("Allow", [name(1), name(2)], [name(1), name(2)]),
        ("Forbid", [name(1)], [name(1)]),
        ("Replace", [name(2)], [name(2)]),
    ],
)
def test_what_happens_while_another_runs(make: Make, policy: str, jobs: list[str], active: list[str]) -> None:
    world = make(concurrencyPolicy=policy)
    world.pass_minutes()
    world.pass_minutes()
    assert (world.jobs(), world.active()) == (jobs, active)
    if policy == "Forbid":
        text = "Not starting job because prior execution is running and concurrency policy is Forbid"
        assert ("Normal", "JobAlreadyActive", text) in world.cluster.events


def test_a_forbidden_start_is_made_up_for_when_the_other_has_ended(make: Make) -> None:
    world = make(concurrencyPolicy="Forbid")
    world.pass_minutes()
    world.pass_minutes()

    world.finish(name(1))
    world.sync()

    assert world.active() == [name(2)]


def test_a_finished_job_is_seen(make: Make) -> None:
    world = make()
    world.pass_minutes()
    world.finish(name(1))

    world.sync()

    assert world.active() == []
    assert world.status["lastSuccessfulTime"] == "2026-01-01T00:01:00Z"
    assert ("Normal", "SawCompletedJob", f"Saw completed job: {name(1)}, condition: Complete") in world.cluster.events


@pytest.mark.parametrize(("kind", "left"), [("Complete", [name(n) for n in (3, 4, 5)]), ("Failed", [name(5)])])
def test_old_jobs_go(make: Make, kind: str, left: list[str]) -> None:
    world = make()
    for minute in range(1, 6):
        world.pass_minutes()
        world.finish(name(minute), kind)
    world.sync()

    assert world.jobs() == left
    assert ("Normal", "SuccessfulDelete", f"Deleted job {name(1)}") in world.cluster.events


def test_a_job_that_went_missing_is_told(make: Make) -> None:
    world = make()
    world.pass_minutes()
    world.cluster.delete(JOBS, NAMESPACE, name(1))

    world.sync()

    assert world.active() == []
    assert ("Normal", "MissingJob", f"Active job went missing: {name(1)}") in world.cluster.events
    assert world.jobs() == []


def test_a_job_that_the_cache_lacks_is_not_missing(make: Make) -> None:
    world = make()
    world.cluster.informer(JOBS).frozen = True
    world.pass_minutes()

    world.sync()

    assert world.active() == [name(1)]


def test_a_job_made_before_a_failed_write_is_taken_up(make: Make) -> None:
    world = make()
    world.cluster.refuse = refusing("update", "cronjobs", lambda gvr, obj: new_forbidden(gvr.group_resource, "d", "no"))
    world.cluster.clock.advance(60)
    with pytest.raises(StatusError):
        world.controller.sync(KEY)
    assert world.active() == []

    world.cluster.refuse = lambda verb, gvr, obj: None
    world.sync()

    assert world.active() == [name(1)]
    assert world.jobs() == [name(1)]


def test_a_job_of_somebody_else_is_in_the_way(make: Make) -> None:
    world = make()
    world.cluster.create(JOBS, NAMESPACE, {"metadata": {"name": name(1)}, "spec": {}})
    world.pass_minutes()
    assert world.active() == []
    assert "lastScheduleTime" not in world.status


def test_a_failure_is_told(make: Make) -> None:
    world = make()
    world.cluster.refuse = refusing("create", "jobs", lambda gvr, obj: new_forbidden(gvr.group_resource, "", "quota"))
    world.cluster.clock.advance(60)
    with pytest.raises(StatusError):
        world.controller.sync(KEY)
    assert world.cluster.events == [("Warning", "FailedCreate", "Error creating job: jobs.batch is forbidden: quota")]


def test_a_namespace_that_goes_away_is_nothing_to_tell(make: Make) -> None:
    world = make()
    world.cluster.refuse = refusing("create", "jobs", terminating)
    world.cluster.clock.advance(60)
    world.controller.process(KEY)
    assert world.cluster.events == []


@pytest.mark.parametrize("suspend", [True, False])
def test_a_suspended_one_starts_nothing(make: Make, suspend: bool) -> None:
    world = make(suspend=suspend)
    world.pass_minutes()
    assert bool(world.jobs()) is not suspend


def test_one_that_is_being_deleted_starts_nothing(make: Make) -> None:
    world = make()
    world.cluster.mark_deleted(CRON_JOBS, world.cron_job, finalizers=["foregroundDeletion"])
    world.pass_minutes()
    assert world.jobs() == []


def test_the_time_zone_counts(make: Make) -> None:
    world = make(schedule="30 19 * * *", timeZone="America/New_York")
    world.pass_minutes(45)
    (job,) = world.cluster.list(JOBS)
    assert job["metadata"]["annotations"][SCHEDULED] == "2025-12-31T19:30:00-05:00"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [({"timeZone": "Nowhere/Land"}, "UnknownTimeZone"), ({"schedule": "often"}, "UnparseableSchedule")],
)
def test_what_cannot_be_understood_is_told(make: Make, spec: Object, reason: str) -> None:
    world = make(**spec)
    world.pass_minutes()
    assert world.jobs() == []
    assert world.cluster.reasons()[0] == reason
