"""The shape all controllers share: what a failed sync leads to, keys, workers, expectations."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, key_of, own_key, split_key
from mini_server.controllers.expectations import TIMEOUT, Expectations
from mini_server.controllers.resources import PODS, SERVICES
from pykubectl.machinery.errors import new_already_exists, new_conflict, new_internal_error, new_not_found
from pykubectl.machinery.util.clock import FakeClock
from tests.unit.controllers.fakes import FakeCluster, terminating

Object = dict[str, Any]


class Probe(Controller):
    """Fails as it is told; remembers the keys it was given."""

    name = "probe-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self.failure: Exception | None = None
        self.synced: list[str] = []
        self.reached = threading.Event()
        self.watch(SERVICES, own_key)

    def sync(self, key: str) -> None:
        self.synced.append(key)
        self.reached.set()
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def probe() -> Iterator[Probe]:
    controller = Probe(FakeCluster().context())
    yield controller
    controller.stop()


@pytest.mark.parametrize(
    ("failure", "tries", "logged"),
    [
        (None, 0, False),
        (new_conflict(SERVICES.group_resource, "s", "changed"), 1, False),
        (new_not_found(SERVICES.group_resource, "s"), 1, False),
        (new_already_exists(SERVICES.group_resource, "s"), 1, False),
        (new_internal_error("trouble"), 1, True),
        (ZeroDivisionError("bug"), 1, True),
        (terminating(SERVICES, {"metadata": {"namespace": "ns", "name": "s"}}), 0, False),
    ],
)
def test_what_a_sync_leads_to(
    probe: Probe, caplog: pytest.LogCaptureFixture, failure: Exception | None, tries: int, logged: bool
) -> None:
    probe.failure = failure

    with caplog.at_level(logging.INFO):
        probe.process("ns/s")

    assert probe.queue.num_requeues("ns/s") == tries
    assert bool(caplog.records) is logged


def test_a_success_makes_the_next_failure_the_first(probe: Probe) -> None:
    probe.failure = new_internal_error("trouble")
    probe.process("ns/s")
    probe.process("ns/s")
    probe.failure = None

    probe.process("ns/s")

    assert probe.queue.num_requeues("ns/s") == 0


def test_both_states_of_a_changed_object_are_queued() -> None:
    cluster = FakeCluster()
    controller = Probe(cluster.context())
    controller.watch(PODS, lambda pod: [pod["metadata"]["labels"]["app"]])
    pod = cluster.create(PODS, "ns", {"metadata": {"name": "p", "labels": {"app": "a"}}})
    cluster.put(PODS, {**pod, "metadata": {**pod["metadata"], "labels": {"app": "b"}}})
    cluster.delete(PODS, "ns", "p")

    controller.stop()

    keys = [controller.queue.get()[0] for _ in range(3)]
    assert keys == ["a", "b", None]


def test_workers_sync_what_is_queued() -> None:
    cluster = FakeCluster()
    controller = Probe(cluster.context())
    controller.start()
    try:
        cluster.create(SERVICES, "ns", {"metadata": {"name": "s"}})
        assert controller.reached.wait(5)
    finally:
        controller.stop()
    assert controller.synced == ["ns/s"]


@pytest.mark.parametrize(("meta", "key"), [({"name": "n", "namespace": "ns"}, "ns/n"), ({"name": "n"}, "n")])
def test_a_key_names_an_object(meta: Object, key: str) -> None:
    assert key_of({"metadata": meta}) == key
    assert split_key(key) == (meta.get("namespace", ""), "n")


def test_creations_are_awaited() -> None:
    expected = Expectations(FakeClock())
    assert expected.satisfied("k")

    expected.expect("k", creations=2)
    expected.creation_seen("k")
    assert not expected.satisfied("k")

    expected.creation_seen("k")
    assert expected.satisfied("k")


def test_a_creation_nobody_waited_for_makes_no_credit() -> None:
    expected = Expectations(FakeClock())
    expected.creation_seen("k")

    expected.expect("k", creations=1)

    assert not expected.satisfied("k")


def test_deletions_are_awaited_by_uid() -> None:
    expected = Expectations(FakeClock())
    expected.expect("k", deletions=["a", "b"])

    for uid in ("a", "a", "other"):
        expected.deletion_seen("k", uid)
    assert not expected.satisfied("k")

    expected.deletion_seen("k", "b")
    assert expected.satisfied("k")


def test_waiting_has_an_end() -> None:
    clock = FakeClock()
    expected = Expectations(clock)
    expected.expect("k", creations=1)

    clock.advance(TIMEOUT + 1)

    assert expected.satisfied("k")


def test_an_owner_that_is_gone_is_forgotten() -> None:
    expected = Expectations(FakeClock())
    expected.expect("k", creations=1, deletions=["a"])

    expected.forget("k")

    assert expected.satisfied("k")
