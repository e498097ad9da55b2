"""Jobs: pods made and counted, how they end."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.job.controller import FINALIZER
from mini_server.controllers.resources import JOBS, PODS
from pykubectl.machinery.errors import StatusError, new_forbidden
from tests.unit.controllers.fakes import refusing, terminating
from tests.unit.controllers.jobs import KEY, NAMESPACE, JobWorld
from tests.unit.controllers.workloads import deltas, template

Object = dict[str, Any]


def test_a_pod_is_made_and_tracked() -> None:
    world = JobWorld()
    world.settle()

    pod = world.pods()[0]

    assert pod["metadata"]["finalizers"] == [FINALIZER]
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "Job"
    assert world.status == {
        "startTime": "2026-01-01T00:00:00Z",
        "active": 1,
        "ready": 0,
        "terminating": 0,
        "uncountedTerminatedPods": {},
    }


def test_success_is_told_in_two_steps() -> None:
    world = JobWorld()
    world.settle()
    world.cluster.clock.advance(5)

    world.finish(world.pods()[0])
    world.settle()

    time = "2026-01-01T00:00:05Z"
    text = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
    entry = {"status": "True", "lastProbeTime": time, "lastTransitionTime": time, **text}
    assert world.status == {
        "startTime": "2026-01-01T00:00:00Z",
        "completionTime": time,
        "conditions": [{"type": "SuccessCriteriaMet", **entry}, {"type": "Complete", **entry}],
        "succeeded": 1,
        "ready": 0,
        "terminating": 0,
        "uncountedTerminatedPods": {},
    }
    assert world.cluster.events[-1] == ("Normal", "Completed", "Job completed")


def test_a_pod_is_noted_before_it_is_let_go_and_counted_after() -> None:
    world = JobWorld()
    world.settle()
    pod = world.pods()[0]
    seen: list[tuple[str, Any]] = []

    def refuse(verb: str, gvr: Any, obj: Object) -> None:
        if gvr == JOBS:
            seen.append((verb, (obj["status"].get("uncountedTerminatedPods"), obj["status"].get("succeeded"))))
        elif gvr == PODS:
            seen.append((verb, obj["metadata"]["name"]))

    world.cluster.refuse = refuse
    world.finish(pod)
    world.settle()

    uid = pod["metadata"]["uid"]
    assert seen == [
        ("update", ({"succeeded": [uid]}, None)),
        ("patch", pod["metadata"]["name"]),
        ("update", ({}, 1)),
    ]
    assert world.pods()[0]["metadata"]["finalizers"] == []


def test_a_lagging_cache_counts_nothing_twice() -> None:
    world = JobWorld(completions=2, parallelism=2)
    world.settle()
    first, second = world.pods()
    world.finish(first)
    go_on = deltas(PODS, world.cluster)
    world.settle()
    assert world.status["succeeded"] == 1

    world.settle()
    assert world.status["succeeded"] == 1

    go_on()
    world.finish(second)
    world.settle()
    assert world.status["succeeded"] == 2


def test_a_note_left_by_an_earlier_controller_is_counted() -> None:
    world = JobWorld(completions=3)
    world.cluster.put(
        JOBS, {**world.owner, "status": {"uncountedTerminatedPods": {"succeeded": ["a"], "failed": ["b"]}}}
    )

    world.settle()

    assert (world.status["succeeded"], world.status["failed"]) == (1, 1)
    assert world.status["uncountedTerminatedPods"] == {}


def test_a_finalizer_that_cannot_be_removed_is_tried_again() -> None:
    world = JobWorld()
    world.settle()
    world.finish(world.pods()[0])
    world.cluster.refuse = refusing("patch", "pods", lambda gvr, obj: new_forbidden(gvr.group_resource, "p", "no"))
    with pytest.raises(StatusError):
        world.controller.sync(KEY)
    assert "succeeded" not in world.status

    world.cluster.refuse = lambda verb, gvr, obj: None
    world.settle()

    assert world.is_finished("Complete")


@pytest.mark.parametrize(
    ("completions", "parallelism", "active"), [(5, 2, 2), (2, 5, 2), (None, 3, 3), (3, 0, 0), (0, 3, 0)]
)
def test_so_many_run_at_once(completions: int | None, parallelism: int, active: int) -> None:
    world = JobWorld(completions=completions, parallelism=parallelism)
    world.settle()

    assert len(world.pods()) == active
    assert world.is_finished("Complete") is (completions == 0)


def test_no_more_run_than_are_still_needed() -> None:
    world = JobWorld(completions=4, parallelism=3)
    world.settle()
    for pod in world.pods()[:2]:
        world.finish(pod)

    world.settle()

    assert (world.status["active"], world.status["succeeded"]) == (2, 2)


def test_without_completions_one_success_ends_what_is_made() -> None:
    world = JobWorld(completions=None, parallelism=3)
    world.settle()
    first, second, third = world.pods()
    world.finish(first)
    world.settle()
    assert len(world.pods()) == 3
    assert not world.is_finished("Complete")

    world.finish(second)
    world.finish(third, "Failed")
    world.settle()

    assert world.is_finished("Complete")
    assert (world.status["succeeded"], world.status["failed"]) == (2, 1)


def test_pods_too_many_go_and_are_no_failures() -> None:
    world = JobWorld(completions=5, parallelism=4)
    world.settle()
    ready = world.pods()[2]["metadata"]["name"]
    world.ready(ready)

    world.change(parallelism=1)
    world.settle()

    assert [pod["metadata"]["name"] for pod in world.pods()] == [ready]
    assert "failed" not in world.status
    assert world.status["active"] == 1


# Failure


def test_failed_pods_are_replaced_after_growing_delays() -> None:
    world = JobWorld()
    world.settle()
    world.fail_all()
    world.settle()
    assert len(world.running()) == 0

    for wait in (10, 20, 40):
        world.cluster.clock.advance(wait - 1)
        world.settle()
        assert len(world.running()) == 0
        world.cluster.clock.advance(1)
        world.settle()
        assert len(world.running()) == 1
        world.fail_all()
        world.settle()
    assert world.status["failed"] == 4


def test_a_success_ends_the_delays() -> None:
    world = JobWorld(completions=3)
    world.settle()
    world.fail_all()
    world.settle()
    world.cluster.clock.advance(10)
    world.settle()

    world.cluster.clock.advance(1)
    world.finish(world.running()[0])
    world.settle()

    assert len(world.running()) == 1


@pytest.mark.parametrize("limit", [0, 1])
def test_too_many_failures_end_the_job(limit: int) -> None:
    world = JobWorld(backoffLimit=limit, completions=5, parallelism=2)
    world.settle()
    for _ in range(limit + 1):
        world.finish(world.running()[0], "Failed")
        world.settle()
        world.cluster.clock.advance(600)
        world.settle()

    assert world.is_finished("Failed")
    text = "Job has reached the specified backoff limit"
    assert [(c["type"], c["reason"], c["message"]) for c in world.status["conditions"]] == [
        ("FailureTarget", "BackoffLimitExceeded", text),
        ("Failed", "BackoffLimitExceeded", text),
    ]
    assert world.cluster.events[-1] == ("Warning", "BackoffLimitExceeded", text)
    # What still ran was ended, and counts as failed.
    assert world.running() == []
    assert world.status["failed"] == limit + 2
    assert "completionTime" not in world.status


def test_restarts_in_place_count_towards_the_limit() -> None:
    spec = {**template()["spec"], "restartPolicy": "OnFailure"}
    world = JobWorld(backoffLimit=2, template={**template(), "spec": spec})
    world.settle()
    pod = world.pods()[0]
    statuses = [{"name": "c", "restartCount": 2, "state": {}}]
    world.cluster.put(PODS, {**pod, "status": {"phase": "Running", "containerStatuses": statuses}})

    world.settle()

    assert world.is_finished("Failed")


def test_a_deadline_ends_the_job() -> None:
    world = JobWorld(activeDeadlineSeconds=30)
    world.settle()
    world.cluster.clock.advance(29)
    world.settle()
    assert "conditions" not in world.status

    world.cluster.clock.advance(1)
    world.settle()

    assert world.is_finished("Failed")
    assert world.status["conditions"][1]["reason"] == "DeadlineExceeded"
    assert world.status["failed"] == 1
    assert world.pods() == []


def test_a_job_ends_when_its_last_pod_has() -> None:
    world = JobWorld(activeDeadlineSeconds=30)
    world.settle()
    pod = world.pods()[0]
    world.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "finalizers": [FINALIZER, "slow"]}})
    world.cluster.clock.advance(30)
    world.settle()
    assert [c["type"] for c in world.status["conditions"]] == ["FailureTarget"]
    assert world.status["terminating"] == 1

    pod = world.pods()[0]
    world.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "finalizers": []}})
    world.settle()

    assert world.is_finished("Failed")
    assert world.status["terminating"] == 0


def test_a_pod_deleted_by_others_is_a_failure() -> None:
    world = JobWorld()
    world.settle()

    world.cluster.delete(PODS, NAMESPACE, world.pods()[0]["metadata"]["name"])
    world.settle()

    assert world.status["failed"] == 1
    assert world.pods() == []


def test_a_pod_may_have_to_be_gone_before_it_is_replaced() -> None:
    world = JobWorld(podReplacementPolicy="Failed")
    world.settle()
    pod = world.pods()[0]

    world.cluster.delete(PODS, NAMESPACE, pod["metadata"]["name"])
    world.settle()
    assert "failed" not in world.status
    assert (len(world.pods()), world.status["terminating"]) == (1, 1)

    world.finish(world.pods()[0], "Failed")
    world.settle()
    world.cluster.clock.advance(10)
    world.settle()
    assert world.status["failed"] == 1
    assert len(world.running()) == 1


def test_creation_that_fails_is_tried_again() -> None:
    world = JobWorld()
    world.cluster.refuse = refusing("create", "pods", lambda gvr, obj: new_forbidden(gvr.group_resource, "", "quota"))
    with pytest.raises(StatusError, match="quota"):
        world.controller.sync(KEY)
    assert "active" not in world.status
    assert world.cluster.reasons() == ["FailedCreate"]

    world.cluster.refuse = lambda verb, gvr, obj: None
    world.settle()
    assert len(world.pods()) == 1


def test_a_namespace_that_goes_away_is_nothing_to_tell() -> None:
    world = JobWorld()
    world.cluster.refuse = refusing("create", "pods", terminating)

    world.controller.process(KEY)

    assert world.cluster.events == []
    assert world.controller.queue.num_requeues(KEY) == 0
