"""Which events become one, and what of a flood is sent. Source: client-go ``tools/record/events_cache_test.go``."""

from __future__ import annotations

from typing import Any

from pykubectl.client.record.correlator import MAX_SIMILAR, SPAM_BURST, EventCorrelator, new_event
from pykubectl.machinery.util.clock import FakeClock

POD = {"kind": "Pod", "namespace": "ns", "name": "p", "uid": "1", "apiVersion": "v1"}


class Sender:
    """Correlates events and stores what comes out."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.correlator = EventCorrelator(self.clock)

    def __call__(self, message: str, **reference: Any) -> tuple[int, str] | None:
        event = new_event({**POD, **reference}, {"component": "c"}, "Warning", "Failed", message, self.clock)
        found = self.correlator.correlate(event)
        if found.event is None:
            return None
        self.correlator.observed(found.event)
        assert (found.patch is None) == (found.event["count"] == 1)
        return found.event["count"], found.event["message"]


def test_dropped_events_are_counted_by_the_next_that_is_sent() -> None:
    send = Sender()
    sent = [send("again") for _ in range(SPAM_BURST + 5)]
    send.clock.advance(300)

    assert sent[SPAM_BURST:] == [None] * 5
    assert send("again") == (SPAM_BURST + 6, "again")


def test_containers_of_a_pod_are_alike_but_counted_apart() -> None:
    send = Sender()

    assert send("same", fieldPath="spec.containers{a}") == (1, "same")
    assert send("same", fieldPath="spec.containers{b}") == (1, "same")
    for number in range(MAX_SIMILAR - 2):
        send(f"m{number}", fieldPath="spec.containers{a}")
    assert send("last", fieldPath="spec.containers{b}") == (1, "(combined from similar events): last")


def test_quiet_time_ends_a_group() -> None:
    send = Sender()
    for number in range(MAX_SIMILAR):
        send(f"m{number}")
    send.clock.advance(601)

    assert send("new") == (1, "new")
