"""The framework: who is called at which point, in which order, and what becomes of a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.scheduler.framework.interface import (
    Code,
    CycleState,
    PermitResult,
    PostFilterResult,
    PreFilterResult,
    Status,
    unresolvable,
    unschedulable,
)
from mini_server.scheduler.framework.runtime import (
    Framework,
    PluginError,
    WeightedPlugin,
    fit_error,
    normalize_scores,
)
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.scheduler.builders import make_info, make_node, make_pod, snapshot

POD = make_pod()
STATE = CycleState()


class Sort:
    name = "Sort"

    def sort_key(self, queued: Any) -> tuple[Any, ...]:
        return (queued.added,)


class Plugin:
    """Takes part in the points it is given answers for; notes its calls."""

    def __init__(self, name: str, calls: list[str] | None = None, **answers: Any) -> None:
        self.name = name
        for point, answer in answers.items():
            setattr(self, point, self._method(point, answer, calls if calls is not None else []))

    def _method(self, point: str, answer: Any, calls: list[str]) -> Any:
        def method(*arguments: Any) -> Any:
            calls.append(f"{self.name}.{point}")
            return answer(*arguments) if callable(answer) else answer

        return method


def make_framework(*plugins: Any, clock: FakeClock | None = None, **weights: int) -> Framework:
    binder = Plugin("Binder", bind=None)
    entries = [Sort(), *plugins, *([] if any(hasattr(p, "bind") for p in plugins) else [binder])]
    return Framework("test", [WeightedPlugin(p, weights.get(p.name, 1)) for p in entries], clock)


def nodes(count: int) -> Any:
    return snapshot(*(make_info(make_node(f"n{i + 1}")) for i in range(count)))


def test_a_profile_needs_one_queue_sort_plugin() -> None:
    binder = WeightedPlugin(Plugin("Binder", bind=None))
    for sorters in ([], [Sort(), Sort()]):
        with pytest.raises(ValueError, match="exactly one queue sort plugin"):
            Framework("test", [*map(WeightedPlugin, sorters), binder])


def test_a_profile_needs_a_bind_plugin() -> None:
    with pytest.raises(ValueError, match="at least one bind plugin"):
        Framework("test", [WeightedPlugin(Sort())])


def test_pre_enqueue_lets_a_pod_in_only_when_all_do() -> None:
    assert make_framework(Plugin("A", pre_enqueue=None)).admits(POD)
    assert not make_framework(Plugin("A", pre_enqueue=None), Plugin("B", pre_enqueue=unresolvable("no"))).admits(POD)


def test_pre_filters_narrow_the_nodes_together() -> None:
    one = Plugin("A", pre_filter=PreFilterResult(frozenset(["n1", "n2"])))
    two = Plugin("B", pre_filter=PreFilterResult(frozenset(["n2", "n3", "unknown"])))

    result = make_framework(one, two).pre_filter(CycleState(), POD, nodes(3))

    assert [node.name for node in result.nodes] == ["n2"]
    assert result.absent is not None
    assert result.absent.reasons == ("node(s) didn't satisfy plugin(s) [A B]",)


def test_pre_filters_that_leave_no_node_refuse_all() -> None:
    one = Plugin("A", pre_filter=PreFilterResult(frozenset(["n1"])))
    two = Plugin("B", pre_filter=PreFilterResult(frozenset(["n2"])))

    result = make_framework(one, two).pre_filter(CycleState(), POD, nodes(2))

    assert result.refusal is not None
    assert result.refusal.reasons == ("node(s) didn't satisfy plugin(s) [A B] simultaneously",)
    assert result.refusal.code is Code.UNSCHEDULABLE_AND_UNRESOLVABLE


def test_a_refusal_in_pre_filter_names_its_plugin_and_ends_the_round() -> None:
    calls: list[str] = []
    framework = make_framework(
        Plugin("A", calls, pre_filter=PreFilterResult(status=unschedulable("no"))),
        Plugin("B", calls, pre_filter=PreFilterResult()),
    )

    result = framework.pre_filter(CycleState(), POD, nodes(1))

    assert result.refusal == Status(Code.UNSCHEDULABLE, ("no",), "A")
    assert calls == ["A.pre_filter"]


def test_a_skip_in_pre_filter_leaves_the_filter_out_of_the_cycle() -> None:
    calls: list[str] = []
    skipping = Plugin("A", calls, pre_filter=PreFilterResult(status=Status(Code.SKIP)), filter=unschedulable("no"))
    framework = make_framework(skipping, Plugin("B", calls, filter=None))
    state, everything = CycleState(), nodes(1)

    framework.pre_filter(state, POD, everything)

    assert framework.filter(state, POD, everything.nodes[0]) is None
    assert calls == ["A.pre_filter", "B.filter"]


def test_filters_run_in_the_profiles_order_until_one_refuses() -> None:
    calls: list[str] = []
    framework = make_framework(
        Plugin("A", calls, filter=None),
        Plugin("B", calls, filter=unschedulable("full")),
        Plugin("C", calls, filter=None),
    )

    assert framework.filter(CycleState(), POD, nodes(1).nodes[0]) == Status(Code.UNSCHEDULABLE, ("full",), "B")
    assert calls == ["A.filter", "B.filter"]


def test_a_plugin_that_fails_is_an_error_not_a_refusal() -> None:
    framework = make_framework(Plugin("A", filter=Status(Code.ERROR, ("disk on fire",))))

    with pytest.raises(PluginError, match='running Filter plugin "A": disk on fire'):
        framework.filter(CycleState(), POD, nodes(1).nodes[0])


def test_the_first_post_filter_to_nominate_wins() -> None:
    calls: list[str] = []
    framework = make_framework(
        Plugin("A", calls, post_filter=PostFilterResult(status=unschedulable("a"))),
        Plugin("B", calls, post_filter=PostFilterResult("n1")),
        Plugin("C", calls, post_filter=PostFilterResult("n2")),
    )

    assert framework.post_filter(STATE, POD, nodes(1), {}) == PostFilterResult("n1")
    assert calls == ["A.post_filter", "B.post_filter"]


def test_post_filters_that_all_refuse_have_their_texts_joined() -> None:
    framework = make_framework(
        Plugin("A", post_filter=PostFilterResult(status=unschedulable("a"))),
        Plugin("B", post_filter=PostFilterResult("", unschedulable("b"))),
    )

    result = framework.post_filter(STATE, POD, nodes(1), {})

    assert result == PostFilterResult("", Status(Code.UNSCHEDULABLE, ("a", "b")))


def test_scores_are_weighted_and_those_skipped_left_out() -> None:
    def by_name(state: Any, pod: Any, node: Any) -> float:
        return 10.0 if node.name == "n1" else 20.0

    framework = make_framework(
        Plugin("A", score=by_name),
        Plugin("B", score=1.0),
        Plugin("C", pre_score=Status(Code.SKIP), score=1000.0),
        A=3,
    )

    assert framework.score(CycleState(), POD, nodes(2).nodes) == {"n1": 31.0, "n2": 61.0}


def test_a_refused_reservation_takes_back_all_in_reverse() -> None:
    calls: list[str] = []
    framework = make_framework(
        Plugin("A", calls, reserve=None, unreserve=None),
        Plugin("B", calls, reserve=unschedulable("taken"), unreserve=None),
    )

    assert framework.reserve(STATE, POD, "n1") == Status(Code.UNSCHEDULABLE, ("taken",), "B")
    assert calls == ["A.reserve", "B.reserve", "B.unreserve", "A.unreserve"]


def test_binding_goes_to_the_first_plugin_that_does_not_skip() -> None:
    calls: list[str] = []
    framework = make_framework(
        Plugin("A", calls, bind=Status(Code.SKIP)), Plugin("B", calls, bind=None), Plugin("C", calls, bind=None)
    )

    assert framework.bind(STATE, POD, "n1") is None
    assert calls == ["A.bind", "B.bind"]


def test_a_failed_binding_says_which_plugin_failed() -> None:
    framework = make_framework(Plugin("A", bind=Status(Code.ERROR, ('pods "p" not found',))))

    status = framework.bind(STATE, POD, "n1")

    assert status is not None
    assert status.message == 'running Bind plugin "A": pods "p" not found'


def test_pre_bind_ends_at_the_first_refusal_and_post_bind_tells_all() -> None:
    calls: list[str] = []
    framework = make_framework(
        Plugin("A", calls, pre_bind=unschedulable("no"), post_bind=None),
        Plugin("B", calls, pre_bind=None, post_bind=None),
    )

    assert framework.pre_bind(STATE, POD, "n1") == Status(Code.UNSCHEDULABLE, ("no",), "A")
    framework.post_bind(STATE, POD, "n1")
    assert calls == ["A.pre_bind", "A.post_bind", "B.post_bind"]


def wait(seconds: float) -> PermitResult:
    return PermitResult(Status(Code.WAIT), seconds)


def test_nobody_waits_without_a_permit_plugin_that_asks_for_it() -> None:
    framework = make_framework(Plugin("A", permit=PermitResult()))

    assert framework.permit(STATE, POD, "n1") == PermitResult()
    assert framework.wait_on_permit(POD) is None


def test_a_permit_refused_at_once_does_not_wait() -> None:
    framework = make_framework(Plugin("A", permit=wait(5)), Plugin("B", permit=PermitResult(unschedulable("no"))))

    assert framework.permit(STATE, POD, "n1").status == Status(Code.UNSCHEDULABLE, ("no",), "B")
    assert framework.waiting.all() == []


def test_a_waiting_pod_goes_on_when_all_plugins_allow_it() -> None:
    framework = make_framework(Plugin("A", permit=wait(5)), Plugin("B", permit=wait(7)), clock=FakeClock())

    assert framework.permit(STATE, POD, "n1") == PermitResult(Status(Code.WAIT), 7)
    waiting = framework.waiting.get("uid-p")
    assert waiting is not None
    assert waiting.pending_plugins() == ["A", "B"]
    waiting.allow("A")
    assert waiting.pending_plugins() == ["B"]
    waiting.allow("B")

    assert framework.wait_on_permit(POD) is None
    assert framework.waiting.all() == []


def test_a_waiting_pod_can_be_refused() -> None:
    framework = make_framework(Plugin("A", permit=wait(5)), clock=FakeClock())
    framework.permit(STATE, POD, "n1")
    waiting = framework.waiting.get("uid-p")
    assert waiting is not None

    waiting.reject("A", "the gang is not complete")
    waiting.allow("A")

    assert framework.wait_on_permit(POD) == Status(Code.UNSCHEDULABLE, ("the gang is not complete",), "A")


def test_the_shortest_time_out_of_those_still_silent_ends_the_wait() -> None:
    clock = FakeClock()
    framework = make_framework(
        Plugin("A", permit=wait(5)), Plugin("B", permit=wait(9)), Plugin("C", permit=wait(30)), clock=clock
    )
    framework.permit(STATE, POD, "n1")
    waiting = framework.waiting.get("uid-p")
    assert waiting is not None
    waiting.allow("A")

    clock.advance(10)

    text = "rejected due to timeout after waiting 9s at plugin B"
    assert framework.wait_on_permit(POD) == Status(Code.UNSCHEDULABLE, (text,), "B")


@pytest.mark.parametrize(
    ("scores", "reverse", "expected"),
    [
        ({"a": 0.0, "b": 0.0}, False, {"a": 0, "b": 0}),
        ({"a": 0.0, "b": 0.0}, True, {"a": 100, "b": 100}),
        ({"a": 1.0, "b": 3.0, "c": 2.0}, False, {"a": 33, "b": 100, "c": 66}),
        ({"a": 1.0, "b": 3.0, "c": 2.0}, True, {"a": 67, "b": 0, "c": 34}),
    ],
)
def test_normalized_scores(scores: dict[str, float], reverse: bool, expected: dict[str, float]) -> None:
    normalize_scores(scores, reverse=reverse)

    assert scores == expected


@pytest.mark.parametrize(
    ("refusals", "expected"),
    [
        ([], "0/3 nodes are available:"),
        (
            [unschedulable("Insufficient cpu", "Insufficient memory"), unschedulable("Insufficient cpu")],
            "0/3 nodes are available: 1 Insufficient memory, 2 Insufficient cpu.",
        ),
        # As text, not as numbers: that is how kube-scheduler sorts them.
        (
            [*[unschedulable("b")] * 10, *[unschedulable("a")] * 9],
            "0/3 nodes are available: 10 b, 9 a.",
        ),
    ],
)
def test_why_no_node_fits(refusals: list[Status], expected: str) -> None:
    assert fit_error(3, refusals) == expected
