"""Jobs: suspension, whose pods they are."""

from __future__ import annotations

from typing import Any

from mini_server.controllers.job.controller import FINALIZER
from mini_server.controllers.resources import JOBS, PODS
from tests.unit.controllers.jobs import KEY, NAMESPACE, JobWorld, job
from tests.unit.controllers.workloads import template

Object = dict[str, Any]


# Suspension


def test_a_suspended_job_runs_nothing() -> None:
    world = JobWorld(suspend=True)
    world.settle()

    assert world.pods() == []
    assert "startTime" not in world.status
    assert world.condition("Suspended") == ("True", "JobSuspended", "Job suspended")
    assert ("Normal", "Suspended", "Job suspended") in world.cluster.events


def test_suspending_and_resuming() -> None:
    world = JobWorld(completions=3, parallelism=2, backoffLimit=0)
    world.settle()
    world.change(suspend=True)
    world.settle()
    # Pods that were taken away have not failed.
    assert world.pods() == []
    assert "failed" not in world.status

    world.cluster.clock.advance(60)
    world.change(suspend=False)
    world.settle()

    assert len(world.pods()) == 2
    assert world.status["startTime"] == "2026-01-01T00:01:00Z"
    assert world.condition("Suspended") == ("False", "JobResumed", "Job resumed")
    assert ("Normal", "Resumed", "Job resumed") in world.cluster.events


def test_a_suspended_job_has_no_deadline() -> None:
    world = JobWorld(activeDeadlineSeconds=30)
    world.settle()
    world.change(suspend=True)
    world.settle()

    world.cluster.clock.advance(60)
    world.settle()

    assert not world.is_finished("Failed")


# Whose pods they are


def test_an_orphan_is_taken_in_and_tracked() -> None:
    world = JobWorld()
    pod = {"metadata": {"name": "stray", "labels": {"app": "a"}}, "spec": template()["spec"]}
    world.cluster.create(PODS, NAMESPACE, pod)

    world.settle()

    assert [p["metadata"]["name"] for p in world.pods()] == ["stray"]
    assert world.pods()[0]["metadata"]["finalizers"] == [FINALIZER]
    world.finish(world.pods()[0])
    world.settle()
    assert world.is_finished("Complete")


def test_a_pod_that_no_longer_matches_is_let_go() -> None:
    world = JobWorld()
    world.settle()
    pod = world.pods()[0]
    world.cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "labels": {"app": "b"}}})

    world.settle()

    let_go = world.cluster.get(PODS, NAMESPACE, pod["metadata"]["name"])["metadata"]
    assert (let_go["ownerReferences"], let_go["finalizers"]) == ([], [])
    assert len(world.running()) == 2


def test_pods_of_a_deleted_job_are_let_go() -> None:
    world = JobWorld()
    world.settle()
    world.cluster.delete(JOBS, NAMESPACE, "d")

    world.controller.sync(KEY)

    assert world.pods()[0]["metadata"]["finalizers"] == []


def test_pods_of_an_earlier_job_of_the_name_are_let_go() -> None:
    world = JobWorld()
    world.settle()
    old = world.pods()[0]["metadata"]["name"]
    world.cluster.delete(JOBS, NAMESPACE, "d")
    world.cluster.create(JOBS, NAMESPACE, job())

    world.settle()

    assert world.cluster.get(PODS, NAMESPACE, old)["metadata"]["finalizers"] == []
    assert len(world.pods()) == 2


def test_a_tracked_pod_without_any_owner_is_let_go() -> None:
    world = JobWorld()
    pod = {"metadata": {"name": "o", "labels": {"app": "b"}, "finalizers": [FINALIZER]}, "spec": {}}
    world.cluster.create(PODS, NAMESPACE, pod)

    world.controller.sync(f"{NAMESPACE}/")

    assert world.cluster.get(PODS, NAMESPACE, "o")["metadata"]["finalizers"] == []


def test_pods_of_a_job_in_its_deletion_are_let_go() -> None:
    world = JobWorld(completions=2, parallelism=2)
    world.settle()
    world.cluster.mark_deleted(JOBS, world.owner, finalizers=["foregroundDeletion"])

    world.settle()

    assert [pod["metadata"]["finalizers"] for pod in world.pods()] == [[], []]
    assert len(world.pods()) == 2


def test_a_finished_job_is_left_alone() -> None:
    world = JobWorld()
    world.complete()
    before = len(world.cluster.writes)
    world.cluster.delete(PODS, NAMESPACE, world.pods()[0]["metadata"]["name"])

    world.settle()

    assert world.pods() == []
    assert len(world.cluster.writes) == before + 1


def test_a_job_that_somebody_else_runs_is_theirs() -> None:
    world = JobWorld(managedBy="example.com/x")
    world.settle()
    assert world.pods() == []
    assert "status" not in world.owner
