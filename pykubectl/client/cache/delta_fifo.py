"""The queue between a reflector and a cache: per object, what happened to it since it was last taken.

Source of the rules: client-go ``tools/cache/delta_fifo.go``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, Protocol, TypeVar

from pykubectl.client.cache.keys import DeletedFinalStateUnknown, deletion_handling_key

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

ADDED = "Added"
UPDATED = "Updated"
DELETED = "Deleted"
# From a new list: the object may or may not differ from the known one.
REPLACED = "Replaced"
# From a resync: the object is the known one.
SYNC = "Sync"


class Delta(NamedTuple, Generic[T]):
    """One change. A deletion that was missed has a :class:`DeletedFinalStateUnknown` as its object."""

    type: str
    object: T | DeletedFinalStateUnknown


class KnownObjects(Protocol[T_co]):
    """What the consumer holds: the source of deletions after a new list, and of resyncs."""

    def list_keys(self) -> list[str]:
        """The keys held."""

    def get_by_key(self, key: str) -> T_co | None:
        """The object held."""


class FIFOClosed(Exception):
    """The queue was closed and ``pop`` has nothing to give."""


class DeltaFIFO(Generic[T]):
    """Hands out each changed object once, with all its changes since it was handed out last, in their order.

    * Objects come out in the order in which they first changed.
    * Two deletions in a row are one; other changes are all kept.
    * ``replace`` turns objects that are known but not in the list into deletions.
    * One consumer: ``pop`` blocks, and runs ``process`` while it holds the queue's lock, so that known objects and
      queue agree whenever the lock is free. ``process`` must not call back into a blocking method.
    * ``transform`` is applied to each object once, before it is queued; what it raises comes out of the method called.
    * ``on_synced`` is called once, with the lock held, when everything of the first list was processed.
    * ``close`` wakes the consumer; nothing is handed out after it.
    """

    def __init__(
        self,
        known_objects: KnownObjects[T],
        key_func: Callable[[object], str] = deletion_handling_key,
        on_synced: Callable[[], None] | None = None,
        transform: Callable[[T], T] | None = None,
    ) -> None:
        self._known = known_objects
        self._key = key_func
        # Ordered: taking the first out of a plain dict takes longer the more were taken before.
        self._items: OrderedDict[str, list[Delta[T]]] = OrderedDict()
        self._changed = threading.Condition(threading.RLock())
        self._populated = False
        self._initial = 0
        self._closed = False
        self._on_synced = on_synced
        self._transform = transform

    def add(self, obj: T) -> None:
        """The object is new."""
        with self._changed:
            self._populated = True
            self._queue(ADDED, obj)

    def update(self, obj: T) -> None:
        """The object changed."""
        with self._changed:
            self._populated = True
            self._queue(UPDATED, obj)

    def delete(self, obj: T) -> None:
        """The object is gone; ignored for one that nobody knows."""
        with self._changed:
            self._populated = True
            key = self._key(obj)
            if key in self._items or self._known.get_by_key(key) is not None:
                self._queue(DELETED, obj)

    def replace(self, objects: Iterable[T]) -> None:
        """These are all the objects there are now."""
        with self._changed:
            keys = set()
            for obj in objects:
                keys.add(self._key(obj))
                self._queue(REPLACED, obj)
            deleted = self._delete_missing(keys)
            if not self._populated:
                self._populated = True
                self._initial = len(keys) + deleted
                self._announce()

    def resync(self) -> None:
        """Queue every known object that has no change waiting, as ``Sync``."""
        with self._changed:
            for key in self._known.list_keys():
                obj = self._known.get_by_key(key)
                if obj is not None and not self._items.get(key):
                    self._queue(SYNC, obj)

    def pop(self, process: Callable[[list[Delta[T]], bool], None]) -> None:
        """Take the next object and call ``process(changes, is_in_initial_list)``. Raises FIFOClosed after ``close``."""
        with self._changed:
            while not self._items and not self._closed:
                self._changed.wait()
            if self._closed:
                raise FIFOClosed
            in_initial_list = self._initial > 0
            _, deltas = self._items.popitem(last=False)
            if in_initial_list:
                self._initial -= 1
            try:
                process(deltas, in_initial_list)
            finally:
                self._announce()

    @property
    def has_synced(self) -> bool:
        """Whether everything of the first ``replace`` (or the first change) was processed."""
        with self._changed:
            return self._populated and self._initial == 0

    def close(self) -> None:
        """Wake the consumer for good. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._items)

    def _announce(self) -> None:
        if self._on_synced is not None and self.has_synced:
            announce, self._on_synced = self._on_synced, None
            announce()

    def _delete_missing(self, keys: set[str]) -> int:
        """Queue the deletion of what is queued or known but not listed; how many of them were not queued before."""
        for key in [key for key in self._items if key not in keys]:
            self._queue_deleted(key, self._items[key][-1].object)
        count = 0
        for key in self._known.list_keys():
            if key in keys or key in self._items:
                continue
            self._queue_deleted(key, self._known.get_by_key(key))
            count += 1
        return count

    def _queue_deleted(self, key: str, last: object) -> None:
        obj = last.obj if isinstance(last, DeletedFinalStateUnknown) else last
        self._append(key, Delta(DELETED, DeletedFinalStateUnknown(key, obj)))

    def _queue(self, change: str, obj: T) -> None:
        if self._transform is not None and change != SYNC:
            obj = self._transform(obj)
        self._append(self._key(obj), Delta(change, obj))

    def _append(self, key: str, delta: Delta[T]) -> None:
        deltas = self._items.get(key)
        if deltas is None:
            self._items[key] = [delta]
            self._changed.notify_all()
        elif deltas[-1].type == DELETED and delta.type == DELETED:
            # The one that knows the object's last state is worth more.
            if isinstance(deltas[-1].object, DeletedFinalStateUnknown):
                deltas[-1] = delta
        else:
            deltas.append(delta)
