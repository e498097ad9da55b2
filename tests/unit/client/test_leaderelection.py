from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from pykubectl.client import DynamicClient, RESTClient, RESTConfig
from pykubectl.client.leaderelection import LeaderElector
from pykubectl.client.transport.interface import Request
from pykubectl.machinery.util.clock import FakeClock
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response


class Leases:
    """One lease, with optimistic locking; ``broken`` answers 500."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.broken = False

    def __call__(self, request: Request) -> FakeResponse:
        if self.broken:
            return json_response({"kind": "Status", "status": "Failure", "code": 500, "message": "x"}, 500)
        if request.method == "GET":
            if self.lease is None:
                return json_response({"kind": "Status", "status": "Failure", "code": 404, "message": "none"}, 404)
            return json_response(self.lease)
        self.lease = json.loads(request.body or b"")
        return json_response(self.lease)


def elector(leases: Leases, identity: str, clock: FakeClock, **options: Any) -> LeaderElector:
    client = DynamicClient(RESTClient(RESTConfig("https://h"), FakeTransport(leases)))
    options.setdefault("on_started_leading", lambda stop: stop.wait())
    return LeaderElector(client, "ns", "lock", identity, clock=clock, rand=lambda: 0.0, **options)


def test_first_candidate_leads_and_gives_back() -> None:
    leases, clock, stop = Leases(), FakeClock(), threading.Event()
    leading, leaders = threading.Event(), []

    def lead(ended: threading.Event) -> None:
        leading.set()
        ended.wait()

    made = elector(leases, "a", clock, on_started_leading=lead, on_new_leader=leaders.append, release_on_cancel=True)
    thread = threading.Thread(target=made.run, args=(stop,))
    thread.start()
    assert leading.wait(5)
    stop.set()
    thread.join(5)

    assert leaders == ["a"]
    assert leases.lease is not None
    assert leases.lease["spec"]["holderIdentity"] == ""


def test_second_candidate_waits_for_the_lease_to_expire() -> None:
    leases, clock = Leases(), FakeClock()
    first, second = elector(leases, "a", clock), elector(leases, "b", clock)

    assert first._try()
    assert not second._try()
    clock.advance(14)
    assert not second._try()
    clock.advance(1)
    assert second._try()
    assert leases.lease is not None
    assert leases.lease["spec"]["leaseTransitions"] == 1
    assert not first._try()
    assert first.leader == "b"


def test_leader_that_cannot_renew_stops() -> None:
    leases, clock, stop = Leases(), FakeClock(), threading.Event()
    leading, stopped = threading.Event(), threading.Event()

    def lead(ended: threading.Event) -> None:
        leading.set()
        ended.wait()

    made = elector(leases, "a", clock, on_started_leading=lead, on_stopped_leading=stopped.set)
    thread = threading.Thread(target=made.run, args=(stop,))
    thread.start()
    assert leading.wait(5)
    leases.broken = True
    for _ in range(200):
        if stopped.wait(0.01):
            break
        clock.advance(2)
    thread.join(5)

    assert stopped.is_set()


def test_times_must_fit_together() -> None:
    with pytest.raises(ValueError, match="leaseDuration must be greater than renewDeadline"):
        elector(Leases(), "a", FakeClock(), lease_duration=5, renew_deadline=5)
    with pytest.raises(ValueError, match="renewDeadline must be greater"):
        elector(Leases(), "a", FakeClock(), retry_period=9)


def test_requests_do_not_outlast_the_renewal() -> None:
    timeouts: list[float | None] = []
    leases = Leases()

    def answer(request: Request) -> FakeResponse:
        timeouts.append(request.timeout)
        return leases(request)

    client = DynamicClient(RESTClient(RESTConfig("https://h"), FakeTransport(answer)))
    made = LeaderElector(client, "ns", "lock", "a", on_started_leading=lambda stop: None, clock=FakeClock())

    assert made._try()
    assert timeouts == [5.0, 5.0]
    assert client.rest.config.timeout == 0


def test_lease_without_a_spec_is_free() -> None:
    leases = Leases()
    leases.lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "lock"}}
    made = elector(leases, "a", FakeClock())

    assert made._try()
    assert made._try()
    assert made.is_leader
