"""Watches served from the key-value store: its events as objects moving in and out of a selection.

Source: apiserver ``pkg/storage/etcd3/watcher.go``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mini_server.kv.interface import Compacted, Event, StoreClosed, Watch, WatchOverflow
from mini_server.storage import encoding
from mini_server.storage.errors import WATCH_EXPIRED
from mini_server.storage.interface import INITIAL_EVENTS_END, EventType, ListResult, Predicate, StorageEvent
from mini_server.storage.item import Item
from pykubectl.machinery.errors import new_expired

if TYPE_CHECKING:
    from mini_server.kv.interface import StoreError
    from mini_server.storage.store import KVStore

# (was selected, is selected) -> what the watcher is told
TRANSITIONS: dict[tuple[bool, bool], EventType] = {
    (False, True): "ADDED",
    (True, True): "MODIFIED",
    (True, False): "DELETED",
}


def bookmark_event(empty_object: dict[str, Any], revision: int, *, initial_events_end: bool = False) -> StorageEvent:
    """A BOOKMARK: an object of the kind with nothing in it but the resource version."""
    metadata: dict[str, Any] = dict(empty_object.get("metadata") or {})
    if initial_events_end:
        metadata["annotations"] = {INITIAL_EVENTS_END: "true"}
    obj = {**empty_object, "metadata": metadata}
    return StorageEvent("BOOKMARK", Item("", encoding.stamp(encoding.encode(obj), revision), revision))


class KVWatcher:
    """A `Watcher` over a watch of the key-value store."""

    def __init__(
        self,
        store: KVStore,
        prefix: str,
        predicate: Predicate,
        watch: Watch | None,
        initial: ListResult | None,
        bookmark: dict[str, Any] | None,
        error: StoreError | None,
        timeout: float | None,
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._predicate = predicate
        self._watch = watch
        self._error = error
        self._cancelled = False
        self._timer = asyncio.get_running_loop().call_later(timeout, self.cancel) if timeout is not None else None
        self._pending: list[StorageEvent] = []
        if initial is not None:
            self._pending = [StorageEvent("ADDED", item) for item in initial.items]
            if bookmark is not None:
                self._pending.append(bookmark_event(bookmark, initial.revision, initial_events_end=True))

    async def batch(self) -> list[StorageEvent]:
        """The events there are."""
        pending, self._pending = self._pending, []
        while not pending:
            if self._watch is None or self._cancelled:
                error, self._error = self._error, None
                if error is not None and not self._cancelled:
                    raise new_expired(WATCH_EXPIRED) from error
                return []
            try:
                pending = self._translate(await anext(self._watch))
            except Compacted as error:
                raise new_expired(WATCH_EXPIRED) from error
            except (StopAsyncIteration, WatchOverflow, StoreClosed):
                return []
        return pending

    def _translate(self, events: Sequence[Event]) -> list[StorageEvent]:
        single = not self._prefix.endswith("/")
        seen = (self._event(event) for event in events if not single or event.kv.key == self._prefix)
        return [event for event in seen if event is not None]

    def _event(self, event: Event) -> StorageEvent | None:
        item = self._store.item(event.kv) if event.type == "PUT" else None
        prev = self._store.item(event.prev) if event.prev is not None else None
        kind = TRANSITIONS.get((self._selected(prev), self._selected(item)))
        if kind is None:
            return None
        if kind != "DELETED":
            return StorageEvent(kind, item) if item is not None else None
        revision = event.kv.mod_revision
        if prev is None:
            return None
        return StorageEvent(kind, Item(prev.key, encoding.restamp(prev.raw, revision), revision))

    def _selected(self, item: Item | None) -> bool:
        if item is None:
            return False
        return self._predicate.empty or self._predicate.matches(item.attributes(self._store.get_attrs))

    def __aiter__(self) -> KVWatcher:
        return self

    async def __anext__(self) -> StorageEvent:
        if not self._pending:
            self._pending = await self.batch()
        if not self._pending:
            raise StopAsyncIteration
        return self._pending.pop(0)

    def cancel(self) -> None:
        """Ends the watch."""
        self._cancelled = True
        if self._timer is not None:
            self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
