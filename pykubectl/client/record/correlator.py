"""Keeping events few: alike ones become one with a count, floods are cut.

Source of the rules: client-go ``tools/record/events_cache.go``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from pykubectl.machinery.values.time import format_time

if TYPE_CHECKING:
    from pykubectl.machinery.util.clock import Clock

V = TypeVar("V")
Event = dict[str, Any]

MAX_CACHE = 4096
# As many events that differ only in their message are kept apart; within this many seconds.
MAX_SIMILAR = 10
SIMILAR_SECONDS = 600.0
# Events about one object from one source: this many at once, then one in this many seconds.
SPAM_BURST = 25
SPAM_SECONDS = 300.0


class _Recent(Generic[V]):
    """A map of the entries used last."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: Hashable, value: V) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > MAX_CACHE:
            self._entries.popitem(last=False)


class Correlated(NamedTuple):
    """What to do with an event: create it, or bump the count of ``event["metadata"]["name"]`` by ``patch``.

    ``event`` is None for one that is dropped.
    """

    event: Event | None
    patch: dict[str, Any] | None


class _Similar:
    """Messages of alike events since the group was last quiet."""

    def __init__(self) -> None:
        self.messages: set[str] = set()
        self.last = 0.0


class EventCorrelator:
    """Decides what becomes of each event. Not thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: _Recent[tuple[float, float]] = _Recent()
        self._similar: _Recent[_Similar] = _Recent()
        self._logged: _Recent[Event] = _Recent()

    def correlate(self, event: Event) -> Correlated:
        """What to do with a new event."""
        key = self._aggregate(event)
        known = self._logged.get(key)
        if known is not None:
            event["metadata"]["name"] = known["metadata"]["name"]
            event["firstTimestamp"] = known["firstTimestamp"]
            event["count"] = known["count"] + 1
        # What is dropped counts too: the next one that is sent tells of all.
        self._logged.put(key, event)
        if self._is_spam(event):
            return Correlated(None, None)
        fields = ("count", "lastTimestamp", "message")
        return Correlated(event, None if known is None else {field: event[field] for field in fields})

    def observed(self, event: Event) -> None:
        """The event was stored as it is."""
        self._logged.put(self._key(event), event)

    def _is_spam(self, event: Event) -> bool:
        source, involved = event["source"], event["involvedObject"]
        key = (source.get("component"), source.get("host"), _reference(involved))
        now = self._clock.monotonic()
        tokens, last = self._tokens.get(key) or (float(SPAM_BURST), now)
        tokens = min(float(SPAM_BURST), tokens + (now - last) / SPAM_SECONDS)
        self._tokens.put(key, (tokens - 1 if tokens >= 1 else tokens, now))
        return tokens < 1

    def _aggregate(self, event: Event) -> Hashable:
        """Join the event with those that differ only in their message, once there are many; the key it counts by."""
        alike = self._group(event)
        now = self._clock.monotonic()
        similar = self._similar.get(alike)
        if similar is None or now - similar.last > SIMILAR_SECONDS:
            similar = _Similar()
            self._similar.put(alike, similar)
        similar.last = now
        similar.messages.add(event["message"])
        if len(similar.messages) < MAX_SIMILAR:
            return self._key(event)
        # However long it goes on, no more messages are remembered.
        similar.messages.pop()
        event["message"] = f"(combined from similar events): {event['message']}"
        return alike

    def _key(self, event: Event) -> Hashable:
        if event["message"].startswith("(combined from similar events): "):
            return self._group(event)
        return (*self._group(event), event["involvedObject"].get("fieldPath"), event["message"])

    def _group(self, event: Event) -> tuple[Hashable, ...]:
        source = event["source"]
        return (
            source.get("component"),
            source.get("host"),
            _reference(event["involvedObject"]),
            event["type"],
            event["reason"],
            event.get("reportingComponent"),
            event.get("reportingInstance"),
        )


def _reference(involved: dict[str, Any]) -> tuple[Hashable, ...]:
    return tuple(involved.get(field) for field in ("kind", "namespace", "name", "uid", "apiVersion"))


def new_event(
    reference: dict[str, Any], source: dict[str, str], kind: str, reason: str, message: str, clock: Clock
) -> Event:
    """A core/v1 Event about the object that ``reference`` (an ObjectReference) names."""
    now = clock.now()
    time = format_time(now)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{reference.get('name', '')}.{int(now.timestamp() * 1e9):x}",
            "namespace": reference.get("namespace") or "default",
        },
        "involvedObject": reference,
        "reason": reason,
        "message": message,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
        "type": kind,
        "source": source,
        "reportingComponent": source.get("component", ""),
        "reportingInstance": source.get("host", ""),
    }
