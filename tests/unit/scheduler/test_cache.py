"""The scheduler's cache: assumed pods, nodes that come and go, snapshots."""

from __future__ import annotations

import pytest

from mini_server.scheduler.cache import Cache
from tests.unit.scheduler.builders import make_node, make_pod


def cpu(cache: Cache, node: str = "n1") -> int:
    return cache.snapshot().by_name[node].requested["cpu"]


def make_cache() -> Cache:
    cache = Cache()
    cache.set_node(make_node("n1"))
    return cache


def test_an_assumed_pod_takes_its_room_at_once() -> None:
    cache = make_cache()

    cache.assume(make_pod(requests={"cpu": "1"}), "n1")

    assert cache.is_assumed("uid-p")
    assert cpu(cache) == 1000


def test_forgetting_an_assumption_gives_the_room_back() -> None:
    cache = make_cache()
    cache.assume(make_pod(requests={"cpu": "1"}), "n1")

    cache.forget("uid-p")

    assert cpu(cache) == 0


def test_an_assumption_that_was_confirmed_is_not_forgotten() -> None:
    cache = make_cache()
    cache.assume(make_pod(requests={"cpu": "1"}), "n1")
    cache.set_pod(make_pod(node="n1", requests={"cpu": "1"}))

    cache.forget("uid-p")

    assert not cache.is_assumed("uid-p")
    assert cpu(cache) == 1000


def test_the_informer_overrules_an_assumption() -> None:
    cache = make_cache()
    cache.set_node(make_node("n2"))
    cache.assume(make_pod(requests={"cpu": "1"}), "n1")

    cache.set_pod(make_pod(node="n2", requests={"cpu": "1"}))

    assert (cpu(cache, "n1"), cpu(cache, "n2")) == (0, 1000)


def test_a_pod_that_is_known_cannot_be_assumed() -> None:
    cache = make_cache()
    cache.set_pod(make_pod(node="n1"))

    with pytest.raises(ValueError, match="pod p is in the cache, so can't be assumed"):
        cache.assume(make_pod(), "n1")


def test_a_snapshot_does_not_change_any_more() -> None:
    cache = make_cache()
    before = cache.snapshot()

    cache.set_pod(make_pod(node="n1", requests={"cpu": "1"}))

    assert before.by_name["n1"].requested["cpu"] == 0
    assert cpu(cache) == 1000


def test_unchanged_nodes_are_shared_between_snapshots() -> None:
    cache = make_cache()
    cache.set_node(make_node("n2"))
    before = cache.snapshot()
    cache.set_pod(make_pod(node="n1"))

    after = cache.snapshot()

    assert after.by_name["n2"] is before.by_name["n2"]
    assert after.by_name["n1"] is not before.by_name["n1"]


def test_pods_may_be_known_before_and_after_their_node() -> None:
    cache = Cache()
    cache.set_pod(make_pod(node="n1", requests={"cpu": "1"}))
    assert cache.snapshot().nodes == []

    cache.set_node(make_node("n1"))
    assert cpu(cache) == 1000

    cache.remove_node("n1")
    assert cache.snapshot().nodes == []
    cache.remove_pod("uid-p")
    cache.set_node(make_node("n1"))
    assert cpu(cache) == 0


def test_a_heartbeat_is_no_change_that_matters() -> None:
    cache = make_cache()
    beat = make_node("n1")
    beat["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": "now"}]

    assert not cache.set_node(beat)
    assert cache.set_node(make_node("n1", labels={"zone": "a"}))
    assert cache.set_node(make_node("n1", cpu="8"))
    assert cache.set_node(make_node("n2"))


def test_a_pod_with_new_labels_matters_to_others() -> None:
    cache = make_cache()

    assert cache.set_pod(make_pod(node="n1"))
    assert not cache.set_pod(make_pod(node="n1"))
    assert cache.set_pod(make_pod(node="n1", labels={"app": "a"}))
