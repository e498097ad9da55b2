"""Telling users what happened to an object.

Source of the rules: client-go ``tools/record/event.go``.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.client.errors import ClientError
from pykubectl.client.objects import meta
from pykubectl.client.record.correlator import EventCorrelator, new_event
from pykubectl.client.resource import STRATEGIC_MERGE_PATCH
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource

if TYPE_CHECKING:
    from pykubectl.client.dynamic import DynamicClient
    from pykubectl.machinery.util.clock import Clock

EVENTS = GroupVersionResource("", "v1", "events")
NORMAL = "Normal"
WARNING = "Warning"
# Events that wait to be sent; more are dropped.
QUEUE_LENGTH = 1000
MAX_TRIES = 12
# Seconds between tries.
RETRY = 10.0

log = logging.getLogger(__name__)


class EventStatistics(NamedTuple):
    """Counts since the broadcaster was made."""

    queued: int
    sent: int
    dropped: int


class EventBroadcaster:
    """Sends events in a thread of its own; recorders never wait for it.

    Events of one broadcaster are sent in order. When the server cannot be reached, sending is tried again up to twelve
    times; meanwhile events queue up, and when the queue is full new ones are dropped. ``shutdown`` drops what is queued
    beyond what the server takes at once and ends the thread.
    """

    def __init__(
        self, client: DynamicClient, clock: Clock | None = None, rand: Callable[[], float] = random.random
    ) -> None:
        if clock is None:
            from pykubectl.machinery.util.clock import RealClock

            clock = RealClock()
        self.clock: Clock = clock
        self._client = client
        self._rand = rand
        self._correlator = EventCorrelator(clock)
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue(QUEUE_LENGTH)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-broadcaster", daemon=True)
        self._started = False
        self._sent = 0
        self._dropped = 0

    def recorder(self, component: str, host: str = "") -> EventRecorder:
        """A recorder whose events name this source."""
        return EventRecorder(self, {"component": component, "host": host} if host else {"component": component})

    def start(self) -> None:
        """Start sending. Idempotent."""
        if not self._started:
            self._started = True
            self._thread.start()

    def shutdown(self) -> None:
        """Send what is queued, as long as the server can be reached, and end the thread. Idempotent."""
        if self._stop.is_set():
            return
        self._stop.set()
        if self._started:
            try:
                self._queue.put_nowait(None)
            except queue.Full:
                log.debug("the event queue is full; its thread sees the stop by itself")
            self._thread.join()

    def put(self, event: dict[str, Any]) -> None:
        """Queue an event; dropped when the queue is full or the broadcaster has stopped."""
        if self._stop.is_set():
            self._dropped += 1
            return
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self._dropped += 1

    def statistics(self) -> EventStatistics:
        """A snapshot of the counts."""
        return EventStatistics(self._queue.qsize(), self._sent, self._dropped)

    def _run(self) -> None:
        while True:
            if self._stop.is_set() and self._queue.empty():
                return
            event = self._queue.get()
            if event is None:
                continue
            try:
                reached = self._record(event)
            except Exception:
                # One event that cannot be sent must not end all others.
                reached = True
                self._dropped += 1
                log.exception("unable to record event %s", event["metadata"]["name"])
            if not reached and self._stop.is_set():
                # To fail with each of the others, too, could take very long.
                self._dropped += self._queue.qsize()
                return

    def _record(self, event: dict[str, Any]) -> bool:
        """Whether the server could be reached, as far as that was tried."""
        correlated = self._correlator.correlate(event)
        if correlated.event is None:
            self._dropped += 1
            return True
        for attempt in range(MAX_TRIES):
            if self._send(correlated.event, correlated.patch):
                return True
            if self._stop.is_set():
                break
            # The first wait is shortened at random, so that many clients do not come back at once.
            self.clock.wait(self._stop, RETRY * self._rand() if attempt == 0 else RETRY)
        self._dropped += 1
        return False

    def _send(self, event: dict[str, Any], patch: dict[str, Any] | None) -> bool:
        """Whether the event is done with: stored, or refused for good."""
        events = self._client.resource(EVENTS).namespace(event["metadata"]["namespace"])
        try:
            stored = None
            if patch is not None:
                try:
                    stored = events.patch(event["metadata"]["name"], STRATEGIC_MERGE_PATCH, patch)
                except StatusError as error:
                    if error.code != 404:
                        raise
            if stored is None:
                stored = events.create(event)
        except StatusError as error:
            log.log(_severity(error), "server rejected event %s: %s", event["metadata"]["name"], error)
            self._dropped += 1
            return True
        except ClientError as error:
            log.warning("unable to write event %s: %s", event["metadata"]["name"], error)
            return False
        self._sent += 1
        self._correlator.observed({**event, "metadata": {**event["metadata"], "name": stored["metadata"]["name"]}})
        return True


def _severity(error: StatusError) -> int:
    """An event that exists, or whose namespace is going away, is nothing to tell.

    Source: client-go ``tools/record/event.go`` recordEvent.
    """
    terminating = any(cause.get("reason") == "NamespaceTerminating" for cause in error.causes)
    return logging.DEBUG if terminating or error.reason == "AlreadyExists" else logging.WARNING


class EventRecorder:
    """Makes events about objects; thread-safe, never blocks."""

    def __init__(self, broadcaster: EventBroadcaster, source: dict[str, str]) -> None:
        self._broadcaster = broadcaster
        self._source = source

    def event(self, obj: Any, type: str, reason: str, message: str) -> None:
        """An event about an object, a dict or a typed one, or an ObjectReference dict. ``type``: Normal or Warning."""
        if type not in (NORMAL, WARNING):
            raise ValueError(f"unsupported event type: '{type}'")
        event = new_event(reference(obj), self._source, type, reason, message, self._broadcaster.clock)
        self._broadcaster.put(event)


def reference(obj: Any) -> dict[str, Any]:
    """An ObjectReference of the object (client-go ``tools/reference``)."""
    if isinstance(obj, dict) and "metadata" not in obj:
        return obj
    kind, version = (obj.get("kind"), obj.get("apiVersion")) if isinstance(obj, dict) else (obj.kind, obj.api_version)
    found = {
        "kind": kind,
        "namespace": meta(obj, "namespace"),
        "name": meta(obj, "name"),
        "uid": meta(obj, "uid"),
        "apiVersion": version,
        "resourceVersion": meta(obj, "resourceVersion"),
    }
    return {key: value for key, value in found.items() if value}
