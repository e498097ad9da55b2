"""The key-value store under the API server: etcd's data model behind one Protocol.

Promises every implementation keeps (one contract suite runs over all of them):

* Every write has a revision of its own, one larger than the last. An empty store is at revision 1, as etcd is.
* A write whose call has returned is durable as far as the implementation is durable at all, is seen by every later
  read, and **has been handed to every synchronous watch sink**: caches fed by a sink are up to date when the writer
  goes on.
* A watch delivers each change once, in revision order, without a gap between history and what happens now.
* Old revisions can be read and watched from until they are compacted.

All coroutines and all callbacks belong to one event loop.

Errors::

    StoreError
      KeyExists  KeyNotFound  RevisionMismatch(current)     compare-and-swap that failed
      Compacted(compacted)  FutureRevision(current)         revision not readable
      WatchOverflow                                         a watcher that does not keep up
      StoreUnavailable                                      disk full, I/O error: nothing was written
      StoreClosed
      StoreOpenError
        StoreCorrupt  StoreLocked  StoreUnwritable          one clear line each
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

FIRST_REVISION = 1


class StoreError(Exception):
    """What the store could not do."""


class KeyExists(StoreError):
    """The key to be created is there."""


class KeyNotFound(StoreError):
    """The key to be changed is not there."""


class RevisionMismatch(StoreError):
    """The key has changed since it was read; ``current`` is what it is now."""

    def __init__(self, current: KeyValue) -> None:
        super().__init__(f"{current.key}: is at revision {current.mod_revision}")
        self.current = current


class Compacted(StoreError):
    """The revision is gone; ``compacted`` is the oldest one that can be read."""

    def __init__(self, compacted: int) -> None:
        super().__init__(f"required revision has been compacted (compacted at {compacted})")
        self.compacted = compacted


class FutureRevision(StoreError):
    """The revision has not been reached; ``current`` is where the store is."""

    def __init__(self, current: int) -> None:
        super().__init__(f"required revision is a future revision (current is {current})")
        self.current = current


class WatchOverflow(StoreError):
    """The watcher left too many events unread and has been cancelled."""


class StoreUnavailable(StoreError):
    """The store cannot write just now (disk full, I/O error). The write did not happen; reads go on."""


class StoreClosed(StoreError):
    """The store has been closed."""


class StoreOpenError(StoreError):
    """The store cannot be opened; the text is one line for people."""


class StoreCorrupt(StoreOpenError):
    """The file is damaged, or belongs to another program or to a newer version."""


class StoreLocked(StoreOpenError):
    """Another process has the data directory."""


class StoreUnwritable(StoreOpenError):
    """The data directory cannot be written."""


class KeyValue(NamedTuple):
    """A key as of one revision. ``version`` counts its writes since it was created, 0 marks a deletion."""

    key: str
    value: bytes
    create_revision: int
    mod_revision: int
    version: int
    lease: int = 0


class Event(NamedTuple):
    """One change. ``kv`` of a DELETE carries key and revision only; ``prev`` is the key before the change."""

    type: Literal["PUT", "DELETE"]
    kv: KeyValue
    prev: KeyValue | None


@dataclass(frozen=True, slots=True)
class RangeResult:
    """Keys in order. ``count`` is how many there are from the start key on, beyond the limit too;
    ``revision`` is the store's newest one at the read."""

    kvs: list[KeyValue]
    more: bool
    count: int
    revision: int


Sink = Callable[[Sequence[Event]], None]


class Watch(Protocol):
    """A running watch: iterate over batches of events, or let a sink take them.

    Iteration ends after `cancel`; it raises Compacted, WatchOverflow or StoreClosed where the watch was ended.
    """

    @property
    def revision(self) -> int:
        """Every change up to here has been delivered, or was before the start."""

    def __aiter__(self) -> AsyncIterator[Sequence[Event]]: ...

    async def __anext__(self) -> Sequence[Event]: ...

    def cancel(self) -> None:
        """Ends the watch; what is unread is dropped."""


class KV(Protocol):
    """An etcd-like store."""

    @property
    def exclusive(self) -> bool:
        """Nobody else writes to it: what has been handed to sinks is all that anybody was told is written."""

    @property
    def revision(self) -> int:
        """The newest revision that has been delivered to watches."""

    async def create(self, key: str, value: bytes, lease: int = 0) -> int:
        """Writes a new key, gives the revision. KeyExists."""

    async def update(self, key: str, value: bytes, mod_revision: int, lease: int = 0) -> int:
        """Replaces a key that is still at ``mod_revision``, gives the revision. KeyNotFound, RevisionMismatch."""

    async def delete(self, key: str, mod_revision: int | None = None) -> tuple[int, KeyValue]:
        """Removes a key, gives the revision and what it was. KeyNotFound, RevisionMismatch."""

    async def get(self, key: str, revision: int = 0) -> tuple[KeyValue | None, int]:
        """A key now or as of a revision, and the store's newest revision at the read. Compacted, FutureRevision."""

    async def range(self, prefix: str, start: str = "", limit: int = 0, revision: int = 0) -> RangeResult:
        """Keys below ``prefix`` from ``start`` (inclusive) on, now or as of a revision. Compacted, FutureRevision."""

    async def watch(self, prefix: str, revision: int = 0, sink: Sink | None = None) -> Watch:
        """Changes below ``prefix`` from ``revision`` (inclusive) on, 0 meaning from now.

        With a sink the events go to it, synchronously with the write, instead of to an iterator. Compacted.
        """

    async def grant(self, ttl: float) -> int:
        """A lease that ends in ``ttl`` seconds; keys written with it are deleted then."""

    async def expire(self) -> int:
        """Deletes the keys of leases that are over by the store's clock; how many keys that were."""

    async def compact(self, revision: int) -> None:
        """Forgets what was superseded before ``revision``. Compacted where that is done, FutureRevision."""

    async def size(self) -> int:
        """Bytes in use."""

    async def close(self) -> None:
        """Ends all watches, finishes pending writes, lets go of files. May be called again."""


def prefix_end(prefix: str) -> str:
    """The first key behind all keys of a prefix; empty where there is none (the empty prefix)."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else ""
