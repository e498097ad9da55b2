"""Room made for important pods. Source: kubernetes ``pkg/scheduler/framework/plugins/defaultpreemption``'s tests."""

from __future__ import annotations

import pytest

from tests.unit.scheduler.builders import Object, make_info, make_node, make_pod
from tests.unit.scheduler.world import World, high, low


def test_as_few_pods_as_possible_make_room() -> None:
    world = World()

    decision = world.decide(high(), make_info(make_node("n1"), low("a"), low("b", "1"), low("c", "1")))

    assert (decision.node, decision.nominated) == ("", "n1")
    assert decision.message == "0/1 nodes are available: 1 Insufficient cpu."
    assert world.evicted in (["a"], ["b", "c"], ["c", "b"])


def test_pods_that_would_not_suffice_are_left_alone() -> None:
    world = World()
    equal = make_pod("equal", requests={"cpu": "3"}, node="n1", priority=100)

    decision = world.decide(high(), make_info(make_node("n1"), equal, low("a", "1")))

    assert world.evicted == []
    assert decision.message == (
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Insufficient cpu."
    )


def test_a_pod_that_never_preempts() -> None:
    world = World()

    decision = world.decide(high(preemptionPolicy="Never"), make_info(make_node("n1"), low("a", "4")))

    assert world.evicted == []
    assert decision.message.endswith("preemption: not eligible due to preemptionPolicy=Never.")


def test_the_node_with_the_least_important_victims_is_chosen() -> None:
    world = World()
    dear = make_pod("dear", requests={"cpu": "4"}, node="n1", priority=50)
    cheap = make_pod("cheap", requests={"cpu": "4"}, node="n2", priority=10)

    decision = world.decide(high(), make_info(make_node("n1"), dear), make_info(make_node("n2"), cheap))

    assert decision.nominated == "n2"
    assert world.evicted == ["cheap"]


def budget(allowed: int) -> Object:
    return {
        "metadata": {"name": "b", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "guarded"}}},
        "status": {"disruptionsAllowed": allowed},
    }


@pytest.mark.parametrize(("allowed", "chosen"), [(0, "n2"), (1, "n1")])
def test_budgets_are_kept_where_that_is_possible(allowed: int, chosen: str) -> None:
    guarded = make_pod("guarded", requests={"cpu": "4"}, node="n1", priority=0, labels={"app": "guarded"})
    other = make_pod("other", requests={"cpu": "4"}, node="n2", priority=1)

    decision = World([budget(allowed)]).decide(
        high(), make_info(make_node("n1"), guarded), make_info(make_node("n2"), other)
    )

    assert decision.nominated == chosen


def test_while_the_victims_leave_no_others_are_looked_for() -> None:
    world = World()
    leaving = low("a", "4")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    leaving["status"]["conditions"] = [{"type": "DisruptionTarget", "reason": "PreemptionByScheduler"}]
    pod = high()
    pod["status"]["nominatedNodeName"] = "n1"

    decision = world.decide(pod, make_info(make_node("n1"), leaving))

    assert decision.message.endswith("preemption: not eligible due to a terminating pod on the nominated node.")
    assert decision.nominated is None


def test_room_made_for_one_pod_is_not_taken_by_a_lesser_one() -> None:
    node = make_info(make_node("n1"))
    expected = {"n1": [high("4")]}

    assert World().decide(low("a"), node, nominated=expected).node == ""
    assert World().decide(make_pod("urgent", priority=1000), node, nominated=expected).node == "n1"
    assert World().decide(high("4"), node, nominated=expected).node == "n1"


def test_room_made_for_one_pod_is_not_made_for_a_second() -> None:
    """Both matter alike: the second one needs a victim of its own."""
    world = World()
    node = make_info(make_node("n1"), low("a"), low("b"))

    decision = world.decide(high(name="second"), node, nominated={"n1": [high(name="first")]})

    assert decision.nominated == "n1"
    assert sorted(world.evicted) == ["a", "b"]


def test_a_victim_that_is_leaving_is_not_evicted_again() -> None:
    world = World()
    leaving = low("leaving")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    decision = world.decide(high("4"), make_info(make_node("n1"), leaving, low("other")))

    assert decision.nominated == "n1"
    assert world.evicted == ["other"]


@pytest.mark.parametrize(
    ("selector", "labels", "status", "guards"),
    [
        ({"matchLabels": {"app": "x"}}, {"app": "x"}, {}, True),
        ({}, {"app": "x"}, {}, False),
        (None, {"app": "x"}, {}, False),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, {}, {}, False),
        ({"matchLabels": {"app": "x"}}, {"app": "x"}, {"disruptedPods": {"guarded": "2026-01-01T00:00:00Z"}}, False),
    ],
    ids=["matching", "empty selector", "no selector", "pod without labels", "being evicted already"],
)
def test_which_budgets_count(selector: Object | None, labels: dict[str, str], status: Object, guards: bool) -> None:
    spec = {} if selector is None else {"selector": selector}
    world = World([{"metadata": {"name": "b", "namespace": "default"}, "spec": spec, "status": status}])
    guarded = make_pod("guarded", requests={"cpu": "4"}, node="n1", priority=0, labels=labels)
    other = make_pod("other", requests={"cpu": "4"}, node="n2", priority=1)

    world.decide(high(), make_info(make_node("n1"), guarded), make_info(make_node("n2"), other))

    assert world.evicted == ["other" if guards else "guarded"]
