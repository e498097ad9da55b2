"""Jobs with indexes, and Jobs with rules of their own for success and failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mini_server.controllers.job import indexes
from mini_server.controllers.job.backoff import Record, finish_time
from mini_server.controllers.resources import PODS
from tests.unit.controllers.jobs import NAMESPACE, JobWorld

Object = dict[str, Any]

INDEX = "batch.kubernetes.io/job-completion-index"


def indexed(**spec: Any) -> JobWorld:
    return JobWorld(**{"completionMode": "Indexed", "completions": 3, "parallelism": 3, **spec})


def index_of(pod: Object) -> str:
    text: str = pod["metadata"]["annotations"][INDEX]
    return text


def of_index(world: JobWorld, index: int) -> Object:
    return next(pod for pod in world.running() if index_of(pod) == str(index))


def test_each_pod_knows_its_index() -> None:
    world = indexed()
    world.settle()

    assert sorted(index_of(pod) for pod in world.pods()) == ["0", "1", "2"]
    pod = of_index(world, 1)
    assert pod["metadata"]["generateName"] == "d-1-"
    assert pod["metadata"]["labels"] == {"app": "a", INDEX: "1"}
    assert pod["spec"]["hostname"] == "d-1"
    path = f"metadata.labels['{INDEX}']"
    variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": path}}}
    assert pod["spec"]["containers"][0]["env"] == [variable]


def test_lowest_indexes_come_first_and_completed_ones_are_told() -> None:
    world = indexed(completions=5, parallelism=2)
    world.settle()
    assert sorted(index_of(pod) for pod in world.running()) == ["0", "1"]

    world.finish(of_index(world, 1))
    world.settle()
    assert world.status["completedIndexes"] == "1"
    assert sorted(index_of(pod) for pod in world.running()) == ["0", "2"]

    world.complete()
    assert world.status["completedIndexes"] == "0-4"
    assert world.status["succeeded"] == 5
    assert world.is_finished("Complete")


def test_a_failed_index_is_tried_again() -> None:
    world = indexed()
    world.settle()
    world.finish(of_index(world, 1), "Failed")
    world.settle()
    world.cluster.clock.advance(10)
    world.settle()

    assert sorted(index_of(pod) for pod in world.running()) == ["0", "1", "2"]
    assert world.status["failed"] == 1


def test_an_index_that_two_pods_have_is_left_to_one() -> None:
    world = indexed()
    world.settle()
    double = {**of_index(world, 0), "metadata": {**of_index(world, 0)["metadata"], "name": "double"}}
    world.cluster.create(PODS, NAMESPACE, double)
    world.set_ready(world.cluster.get(PODS, NAMESPACE, "double"))

    world.settle()

    assert sorted(index_of(pod) for pod in world.pods()) == ["0", "1", "2"]
    assert "double" in world.cluster.names(PODS)


def test_an_indexed_job_can_shrink() -> None:
    world = indexed()
    world.settle()
    world.finish(of_index(world, 0))
    world.settle()

    world.change(completions=2, parallelism=2)
    world.settle()
    assert [index_of(pod) for pod in world.running()] == ["1"]

    world.complete()
    assert world.status["completedIndexes"] == "0,1"
    assert world.is_finished("Complete")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([3], "3"), ([1, 2], "1,2"), ([1, 2, 3], "1-3"), ([0, 2, 3, 4, 6, 7], "0,2-4,6,7")],
)
def test_indexes_as_text(numbers: list[int], text: str) -> None:
    assert indexes.render(numbers) == text
    assert indexes.parse(text, 10) == set(numbers)


@pytest.mark.parametrize(("text", "numbers"), [("0-9", {0, 1, 2}), ("x,1,3-y", {1}), ("7", set())])
def test_what_is_no_index_is_passed_over(text: str, numbers: set[int]) -> None:
    assert indexes.parse(text, 3) == numbers


# Rules


def rule(action: str, **on: Any) -> Object:
    return {"rules": [{"action": action, **on}]}


def exits(operator: str, *values: int, container: str | None = None) -> Object:
    wanted: Object = {"operator": operator, "values": list(values)}
    return {"onExitCodes": wanted if container is None else {**wanted, "containerName": container}}


@pytest.mark.parametrize(
    ("on", "code", "fails"),
    [
        (exits("In", 42), 42, True),
        (exits("In", 42), 1, False),
        (exits("NotIn", 42), 1, True),
        (exits("NotIn", 42), 42, False),
        (exits("In", 42, container="c"), 42, True),
        (exits("In", 42, container="other"), 42, False),
    ],
)
def test_an_exit_code_can_end_the_job(on: Object, code: int, fails: bool) -> None:
    world = JobWorld(podFailurePolicy=rule("FailJob", **on))
    world.settle()
    name = world.pods()[0]["metadata"]["name"]

    world.finish(world.pods()[0], "Failed", code)
    world.settle()

    assert world.is_finished("Failed") is fails
    if fails:
        text = f"Container c for pod default/{name} failed with exit code {code} matching FailJob rule at index 0"
        assert world.condition("Failed") == ("True", "PodFailurePolicy", text)
    assert world.status["failed"] == 1


def test_a_condition_can_end_the_job() -> None:
    on = {"onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    world = JobWorld(podFailurePolicy=rule("FailJob", **on))
    world.settle()
    pod = world.pods()[0]
    condition = {"type": "DisruptionTarget", "status": "True"}
    world.cluster.put(PODS, {**pod, "status": {"phase": "Failed", "conditions": [condition]}})

    world.settle()

    name = pod["metadata"]["name"]
    text = f"Pod default/{name} has condition DisruptionTarget matching FailJob rule at index 0"
    assert world.condition("Failed") == ("True", "PodFailurePolicy", text)


@pytest.mark.parametrize(("action", "failed"), [("Ignore", None), ("Count", 1)])
def test_a_failure_may_not_count(action: str, failed: int | None) -> None:
    world = JobWorld(backoffLimit=1, podFailurePolicy=rule(action, **exits("In", 42)))
    world.settle()

    world.finish(world.pods()[0], "Failed", 42)
    world.settle()

    assert world.status.get("failed") == failed
    assert world.pods()[0]["metadata"]["finalizers"] == []
    world.cluster.clock.advance(10)
    world.settle()
    assert len(world.running()) == 1


@pytest.mark.parametrize(
    ("wanted", "done"),
    [
        ({"succeededIndexes": "1"}, [1]),
        ({"succeededCount": 2}, [0, 2]),
        ({"succeededIndexes": "0-2", "succeededCount": 1}, [2]),
    ],
)
def test_a_part_of_the_indexes_may_be_enough(wanted: Object, done: list[int]) -> None:
    world = indexed(completions=4, parallelism=4, successPolicy={"rules": [wanted]})
    world.settle()
    for index in done:
        assert not world.is_finished("Complete")
        world.finish(of_index(world, index))
        world.settle()

    assert world.is_finished("Complete")
    assert world.condition("Complete") == ("True", "SuccessPolicy", "Matched rules at index 0")
    assert world.running() == []
    assert world.status["succeeded"] == len(done)
    assert "failed" not in world.status


# Delays

START = datetime(2026, 1, 1, tzinfo=UTC)


def ended(seconds: int) -> Object:
    at = f"2026-01-01T00:00:{seconds:02}Z"
    return {
        "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"containerStatuses": [{"state": {"terminated": {"finishedAt": at}}}]},
    }


@pytest.mark.parametrize(
    ("record", "left"),
    [
        (Record(), 0),
        (Record().after([], [ended(0)]), 10),
        (Record().after([], [ended(0), ended(0), ended(0)]), 40),
        (Record(50, START), 600),
        (Record(5, START).after([ended(1)], []), 0),
        # The order counts, not who is told first.
        (Record().after([ended(1)], [ended(0)]), 0),
        (Record().after([ended(0)], [ended(1)]), 11),
    ],
)
def test_the_next_pod_waits(record: Record, left: float) -> None:
    assert record.left(START) == left
    assert record.left(START + timedelta(hours=1)) == 0


NOT_READY = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:05Z"}


@pytest.mark.parametrize(
    ("pod", "seconds"),
    [
        (ended(7), 7),
        ({"status": {"conditions": [NOT_READY]}}, 5),
        ({"metadata": {"deletionTimestamp": "2026-01-01T00:00:40Z", "deletionGracePeriodSeconds": 30}}, 10),
        ({}, 2),
    ],
)
def test_when_a_pod_ended(pod: Object, seconds: int) -> None:
    meta = {"creationTimestamp": "2026-01-01T00:00:02Z", **pod.get("metadata", {})}
    assert finish_time({**pod, "metadata": meta}) == START + timedelta(seconds=seconds)
