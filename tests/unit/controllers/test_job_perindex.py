"""Jobs whose indexes have a limit of failures each."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.controllers.job.controller import FINALIZER
from mini_server.controllers.job.perindex import FAILURES, IGNORED
from tests.unit.controllers.jobs import JobWorld

Object = dict[str, Any]

INDEX = "batch.kubernetes.io/job-completion-index"


def world(limit: int = 1, **spec: Any) -> JobWorld:
    given = {"completionMode": "Indexed", "completions": 3, "parallelism": 3, "backoffLimit": 2**31 - 1, **spec}
    made = JobWorld(backoffLimitPerIndex=limit, **given)
    made.settle()
    return made


def of_index(of: JobWorld, index: int) -> Object:
    return next(pod for pod in of.running() if pod["metadata"]["annotations"][INDEX] == str(index))


def fail(of: JobWorld, index: int, code: int = 1) -> Object:
    """The pod of an index fails; as it is then."""
    pod = of_index(of, index)
    of.finish(pod, "Failed", code)
    of.settle()
    return next(p for p in of.pods() if p["metadata"]["name"] == pod["metadata"]["name"])


def running(of: JobWorld) -> list[str]:
    return sorted(pod["metadata"]["annotations"][INDEX] for pod in of.running())


def test_a_failed_index_is_tried_again_after_its_own_delay() -> None:
    of = world()
    assert of_index(of, 1)["metadata"]["annotations"][FAILURES] == "0"

    fail(of, 1)
    assert running(of) == ["0", "2"]
    of.cluster.clock.advance(10)
    of.settle()

    assert running(of) == ["0", "1", "2"]
    assert of_index(of, 1)["metadata"]["annotations"][FAILURES] == "1"
    assert of_index(of, 0)["metadata"]["annotations"][FAILURES] == "0"


def test_a_failed_pod_is_counted_once_its_index_is_tried_again() -> None:
    of = world()

    failed = fail(of, 1)
    assert failed["metadata"]["finalizers"] == [FINALIZER]
    assert "failed" not in of.status

    of.cluster.clock.advance(10)
    of.settle()
    assert of.status["failed"] == 1


def test_an_index_that_has_failed_too_often_is_given_up() -> None:
    of = world()
    assert of.status["failedIndexes"] == ""
    fail(of, 1)
    of.cluster.clock.advance(10)
    of.settle()

    fail(of, 1)
    of.cluster.clock.advance(600)
    of.settle()

    assert of.status["failedIndexes"] == "1"
    assert of.status["failed"] == 2
    assert running(of) == ["0", "2"]
    assert "conditions" not in of.status


def test_a_job_with_failed_indexes_fails_in_the_end() -> None:
    of = world(limit=0)
    fail(of, 1)
    for index in (0, 2):
        assert not of.is_finished("Failed")
        of.finish(of_index(of, index))
        of.settle()

    assert of.condition("Failed") == ("True", "FailedIndexes", "Job has failed indexes")
    assert (of.status["completedIndexes"], of.status["failedIndexes"]) == ("0,2", "1")
    assert (of.status["succeeded"], of.status["failed"]) == (2, 1)


@pytest.mark.parametrize(("most", "ends"), [(0, True), (1, False)])
def test_too_many_failed_indexes_end_the_job(most: int, ends: bool) -> None:
    of = world(limit=0, maxFailedIndexes=most)

    fail(of, 1)

    assert of.is_finished("Failed") is ends
    if ends:
        text = "Job has exceeded the specified maximal number of failed indexes"
        assert of.condition("Failed") == ("True", "MaxFailedIndexesExceeded", text)
        assert of.running() == []


def rules(action: str) -> Object:
    return {"rules": [{"action": action, "onExitCodes": {"operator": "In", "values": [42]}}]}


def test_a_failure_can_give_up_its_index_at_once() -> None:
    of = world(limit=5, podFailurePolicy=rules("FailIndex"))

    fail(of, 1, code=42)

    assert of.status["failedIndexes"] == "1"
    assert of.status["failed"] == 1


def test_an_ignored_failure_delays_but_does_not_count() -> None:
    of = world(limit=0, podFailurePolicy=rules("Ignore"))
    fail(of, 1, code=42)
    assert running(of) == ["0", "2"]

    of.cluster.clock.advance(10)
    of.settle()

    assert running(of) == ["0", "1", "2"]
    annotations = of_index(of, 1)["metadata"]["annotations"]
    assert (annotations[FAILURES], annotations[IGNORED]) == ("0", "1")
    assert of.status["failedIndexes"] == ""
    assert "failed" not in of.status


def test_delays_grow_with_the_failures_of_an_index_alone() -> None:
    of = world(limit=5)
    fail(of, 1)
    of.cluster.clock.advance(10)
    of.settle()
    fail(of, 1)
    fail(of, 0)

    of.cluster.clock.advance(10)
    of.settle()
    assert running(of) == ["0", "2"]

    of.cluster.clock.advance(10)
    of.settle()
    assert running(of) == ["0", "1", "2"]


def test_a_held_pod_is_let_go_when_the_job_ends() -> None:
    of = world(activeDeadlineSeconds=5)
    fail(of, 1)
    of.cluster.clock.advance(5)
    of.settle()

    assert of.is_finished("Failed")
    assert all(FINALIZER not in pod["metadata"]["finalizers"] for pod in of.pods())
    assert of.status["failed"] == 3
