"""Which pods go first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mini_server.controllers.ranking import deletion_order

Object = dict[str, Any]

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def pod(
    uid: str,
    *,
    node: str = "n",
    phase: str = "Running",
    ready: str | None = "2026-01-01T00:00:00Z",
    created: str = "2026-01-01T00:00:00Z",
    cost: str | None = None,
    restarts: int = 0,
) -> Object:
    meta: Object = {"name": uid, "uid": uid, "creationTimestamp": created}
    if cost is not None:
        meta["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": cost}
    status: Object = {"phase": phase, "containerStatuses": [{"restartCount": restarts}]}
    if ready is not None:
        status["conditions"] = [{"type": "Ready", "status": "True", "lastTransitionTime": ready}]
    return {"metadata": meta, "spec": {"nodeName": node} if node else {}, "status": status}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (pod("b", node="", phase="Pending", ready=None), pod("a", phase="Pending", ready=None)),
        (pod("b", phase="Pending", ready=None), pod("a", phase="Unknown", ready=None)),
        (pod("b", phase="Unknown", ready=None), pod("a", ready=None)),
        (pod("b", ready=None), pod("a")),
        (pod("b", cost="-5"), pod("a")),
        (pod("b"), pod("a", cost="10")),
        (pod("b", cost="9"), pod("a", cost="10")),
        (pod("b", ready="2026-01-01T11:59:00Z"), pod("a", ready="2026-01-01T00:00:00Z")),
        (pod("b", restarts=2), pod("a", restarts=1)),
        (pod("b", created="2026-01-01T11:59:00Z"), pod("a")),
        # Of nearly one age, which is as good as by chance.
        (pod("a", ready="2026-01-01T00:00:00Z"), pod("b", ready="2026-01-01T01:00:00Z")),
        # No number costs nothing.
        (pod("a", cost="+5", restarts=1), pod("b", cost="007")),
    ],
)
def test_who_goes_first(first: Object, last: Object) -> None:
    nobody: list[Object] = []
    assert deletion_order([last, first], nobody, NOW) == [first, last]
    assert deletion_order([first, last], nobody, NOW) == [first, last]


def test_pods_doubled_up_on_a_node_go_before_others() -> None:
    lonely, one, two = pod("a", node="n1"), pod("b", node="n2"), pod("c", node="n2")
    everything = [lonely, one, two]
    assert deletion_order(everything, everything, NOW)[-1] is lonely


def test_pods_of_siblings_count_for_doubling_up() -> None:
    lonely, doubled, sibling = pod("a", node="n1"), pod("b", node="n2"), pod("c", node="n2")
    assert deletion_order([lonely, doubled], [lonely, doubled, sibling], NOW) == [doubled, lonely]


def test_readiness_weighs_more_than_cost() -> None:
    cheap, unready = pod("a", cost="-100"), pod("b", cost="100", ready=None)
    assert deletion_order([cheap, unready], [], NOW) == [unready, cheap]
