"""The store in memory: for tests and for clusters that need not outlive their process."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Literal

from mini_server.kv.hub import BACKLOG, Hub, HubWatch
from mini_server.kv.interface import (
    FIRST_REVISION,
    Compacted,
    Event,
    FutureRevision,
    KeyExists,
    KeyNotFound,
    KeyValue,
    RangeResult,
    RevisionMismatch,
    Sink,
    StoreClosed,
    prefix_end,
)
from pykubectl.machinery.util.clock import Clock, RealClock


class MemoryKV:
    """A `KV` whose history is a list of events and, per key, a list of its states."""

    def __init__(self, clock: Clock | None = None, backlog: int = BACKLOG) -> None:
        self._clock = clock or RealClock()
        self._hub = Hub(FIRST_REVISION, backlog)
        self._keys: list[str] = []
        self._states: dict[str, list[KeyValue]] = {}
        self._log: list[Event] = []
        self._compacted = 0
        self._leases: dict[int, float] = {}
        self._last_lease = 0
        self._closed = False

    @property
    def exclusive(self) -> bool:
        """Always: nobody else can write."""
        return True

    @property
    def revision(self) -> int:
        """The newest revision."""
        return self._hub.revision

    async def create(self, key: str, value: bytes, lease: int = 0) -> int:
        """Writes a new key."""
        if self._current(key) is not None:
            raise KeyExists(key)
        revision = self.revision + 1
        return self._commit("PUT", KeyValue(key, value, revision, revision, 1, lease), None)

    async def update(self, key: str, value: bytes, mod_revision: int, lease: int = 0) -> int:
        """Replaces a key."""
        prev = self._expect(key, mod_revision)
        kv = KeyValue(key, value, prev.create_revision, self.revision + 1, prev.version + 1, lease)
        return self._commit("PUT", kv, prev)

    async def delete(self, key: str, mod_revision: int | None = None) -> tuple[int, KeyValue]:
        """Removes a key."""
        prev = self._expect(key, mod_revision)
        return self._remove(prev), prev

    def _remove(self, prev: KeyValue) -> int:
        return self._commit("DELETE", KeyValue(prev.key, b"", 0, self.revision + 1, 0), prev)

    def _current(self, key: str) -> KeyValue | None:
        if self._closed:
            raise StoreClosed("the store is closed")
        return _as_of(self._states.get(key, []), self.revision)

    def _expect(self, key: str, mod_revision: int | None) -> KeyValue:
        current = self._current(key)
        if current is None:
            raise KeyNotFound(key)
        if mod_revision is not None and current.mod_revision != mod_revision:
            raise RevisionMismatch(current)
        return current

    def _commit(self, kind: Literal["PUT", "DELETE"], kv: KeyValue, prev: KeyValue | None) -> int:
        states = self._states.get(kv.key)
        if states is None:
            states = self._states[kv.key] = []
            insort(self._keys, kv.key)
        states.append(kv)
        event = Event(kind, kv, prev)
        self._log.append(event)
        self._hub.publish([event])
        return kv.mod_revision

    def _readable(self, revision: int) -> int:
        if self._closed:
            raise StoreClosed("the store is closed")
        if revision > self.revision:
            raise FutureRevision(self.revision)
        if 0 < revision < self._compacted:
            raise Compacted(self._compacted)
        return revision or self.revision

    async def get(self, key: str, revision: int = 0) -> tuple[KeyValue | None, int]:
        """A key now or as of a revision."""
        wanted = self._readable(revision)
        return _as_of(self._states.get(key, []), wanted), self.revision

    async def range(self, prefix: str, start: str = "", limit: int = 0, revision: int = 0) -> RangeResult:
        """Keys below a prefix."""
        wanted = self._readable(revision)
        end = prefix_end(prefix)
        low = bisect_left(self._keys, max(prefix, start))
        high = bisect_left(self._keys, end) if end else len(self._keys)
        states = (_as_of(self._states[key], wanted) for key in self._keys[low:high])
        kvs = [kv for kv in states if kv is not None]
        shown = kvs[:limit] if limit else kvs
        return RangeResult(shown, len(shown) < len(kvs), len(kvs), self.revision)

    async def watch(self, prefix: str, revision: int = 0, sink: Sink | None = None) -> HubWatch:
        """Changes below a prefix."""
        if 0 < revision <= self._compacted:
            raise Compacted(self._compacted)
        watch = self._hub.open(prefix, revision, sink)
        if 0 < revision <= self.revision:
            first = bisect_left(self._log, revision, key=_revision_of)
            watch.replay([event for event in self._log[first:] if event.kv.key.startswith(prefix)])
        return watch

    async def grant(self, ttl: float) -> int:
        """A lease."""
        self._last_lease += 1
        self._leases[self._last_lease] = self._clock.now().timestamp() + ttl
        return self._last_lease

    async def expire(self) -> int:
        """Deletes the keys of leases that are over."""
        now = self._clock.now().timestamp()
        over = {lease for lease, end in self._leases.items() if end <= now}
        if not over:
            return 0
        current = (self._current(key) for key in list(self._keys))
        due = [kv for kv in current if kv is not None and kv.lease in over]
        for kv in due:
            self._remove(kv)
        for lease in over:
            del self._leases[lease]
        return len(due)

    async def compact(self, revision: int) -> None:
        """Forgets what was superseded."""
        if revision <= self._compacted:
            raise Compacted(self._compacted)
        if revision > self.revision:
            raise FutureRevision(self.revision)
        self._compacted = revision
        del self._log[: bisect_left(self._log, revision + 1, key=_revision_of)]
        for key in self._keys:
            self._states[key] = _compact(self._states[key], revision)
        gone = [key for key, states in self._states.items() if not states]
        for key in gone:
            del self._states[key]
        self._keys = sorted(self._states)

    async def size(self) -> int:
        """Bytes of all values."""
        return sum(len(kv.value) for states in self._states.values() for kv in states)

    async def close(self) -> None:
        """Ends all watches."""
        self._closed = True
        self._hub.close()


def _revision_of(event: Event) -> int:
    return event.kv.mod_revision


def _as_of(states: list[KeyValue], revision: int) -> KeyValue | None:
    """The newest state not after a revision, None where the key did not exist then."""
    for kv in reversed(states):
        if kv.mod_revision <= revision:
            return kv if kv.version else None
    return None


def _compact(states: list[KeyValue], revision: int) -> list[KeyValue]:
    newer = [kv for kv in states if kv.mod_revision > revision]
    kept = _as_of(states, revision)
    return [kept, *newer] if kept is not None else newer
