"""The watch cache: a `Store` whose reads and watches come from memory.

It is fed by a synchronous sink of the key-value store, so a change is in the cache before its writer goes on, and
reads from it are as fresh as reads from the store. Source of the rules: apiserver ``pkg/storage/cacher``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mini_server.kv.interface import Event, Watch
from mini_server.storage.cacher.objects import CachedObjects
from mini_server.storage.cacher.watcher import BACKLOG, CacheWatcher
from mini_server.storage.cacher.watchers import Watchers
from mini_server.storage.cacher.window import CacheEvent, Window
from mini_server.storage.continuation import encode_continue
from mini_server.storage.errors import too_large_resource_version, too_old_resource_version
from mini_server.storage.interface import (
    EVERYTHING,
    ListResult,
    Object,
    Preconditions,
    Predicate,
    StorageEvent,
    Update,
    ValidateDeletion,
)
from mini_server.storage.item import Item
from mini_server.storage.store import Items, KVStore
from mini_server.storage.versions import ListStart, list_start, parse_or_plain_error
from mini_server.storage.watcher import bookmark_event
from pykubectl.machinery.errors import new_internal_error, new_not_found

BOOKMARK_SECONDS = 60.0
# How long before the end of a watch its last bookmark is sent.
_BEFORE_TIMEOUT = 2.0
# How long a request waits for a resource version that has not been reached.
FRESHNESS_SECONDS = 3.0
_RETRY_SECONDS = 1
_POLL_SECONDS = 0.01
_log = logging.getLogger(__name__)


class CacheStatistics(NamedTuple):
    """How much a cache holds."""

    objects: int
    watchers: int
    recent_changes: int


class Cacher:
    """The cache of one resource. Loads itself on first use; belongs to that event loop."""

    def __init__(
        self,
        store: KVStore,
        *,
        index_fields: tuple[str, ...] = (),
        monotonic: Callable[[], float] | None = None,
        bookmark_seconds: float = BOOKMARK_SECONDS,
        freshness_seconds: float = FRESHNESS_SECONDS,
        backlog: int = BACKLOG,
    ) -> None:
        """Watchers that ask for one value of an index field (``spec.nodeName``) see only changes of such objects."""
        self.store = store
        self.resource = store.resource
        self.prefix = store.prefix
        self._monotonic = monotonic
        self._bookmark_seconds = bookmark_seconds
        self._freshness_seconds = freshness_seconds
        self._backlog = backlog
        self._objects = CachedObjects()
        self._window = Window(0)
        self._watchers = Watchers(store.prefix, store.get_attrs, index_fields)
        self._source: Watch | None = None
        self._starting: asyncio.Task[None] | None = None
        self._bookmark_timer: asyncio.TimerHandle | None = None
        self._changed = 0

    # -- life

    async def start(self) -> None:
        """Loads the objects and follows their changes; later calls wait for the first."""
        if self._source is None:
            if self._starting is None:
                self._starting = asyncio.get_running_loop().create_task(self._load())
            await asyncio.shield(self._starting)

    async def _load(self) -> None:
        try:
            result = await self.store.kv.range(self.prefix)
            self._objects = CachedObjects(self.store.item(kv) for kv in result.kvs)
            self._window = Window(result.revision)
            self._changed = result.revision
            self._source = await self.store.kv.watch(self.prefix, result.revision + 1, self._apply)
        finally:
            self._starting = None

    def forget_history(self) -> None:
        """Watches cannot start before now. For the end of start-up: what came before was seen by nobody outside."""
        self._window = Window(self.revision)

    async def close(self) -> None:
        """Ends every watch after what is queued for it."""
        if self._source is not None:
            self._source.cancel()
            self._source = None
        if self._bookmark_timer is not None:
            self._bookmark_timer.cancel()
            self._bookmark_timer = None
        for watcher in self._watchers:
            watcher.finish()

    @property
    def revision(self) -> int:
        """Up to where the cache knows what happened."""
        return max(self._source.revision, self._changed) if self._source is not None else 0

    def statistics(self) -> CacheStatistics:
        """How much the cache holds."""
        return CacheStatistics(len(self._objects), len(self._watchers), len(self._window))

    def _now(self) -> float:
        return self._monotonic() if self._monotonic is not None else asyncio.get_running_loop().time()

    # -- changes

    def _apply(self, events: Sequence[Event]) -> None:
        now = self._now()
        for event in events:
            key, revision = event.kv.key, event.kv.mod_revision
            if event.type == "PUT":
                item = self.store.item(event.kv)
                change = CacheEvent(key, revision, item, self._objects.put(item), now)
            else:
                change = CacheEvent(key, revision, None, self._objects.remove(key), now)
            self._changed = revision
            self._window.append(change)
            for watcher in self._watchers.concerned(change):
                self._tell(watcher, change)

    def _tell(self, watcher: CacheWatcher, change: CacheEvent) -> None:
        """A selector that cannot cope with an object ends its watch, and disturbs neither the writer nor others."""
        try:
            watcher.change(change)
        except Exception as error:
            _log.exception("watch of %s: cannot select %s", watcher.prefix, change.key)
            watcher.fail(new_internal_error(error))

    async def _reach(self, revision: int) -> None:
        """Waits a while for a revision. Timeout (too large resource version)."""
        if self._source is None:
            await self.start()
        if self.revision >= revision:
            return
        end = self._now() + self._freshness_seconds
        while self.revision < revision:
            if self._now() >= end:
                raise too_large_resource_version(revision, self.revision, _RETRY_SECONDS)
            await asyncio.sleep(_POLL_SECONDS)

    async def _written(self, item: Item) -> Item:
        """Waits until the cache knows of a write (it does at once over an embedded store); the cache's own item."""
        if self.revision < item.revision:
            await self._reach(item.revision)
        cached = self._objects.get(item.key)
        return cached if cached is not None and cached.revision == item.revision else item

    # -- reads

    async def get(self, key: str, resource_version: str = "") -> Item:
        """An object from memory."""
        await self._reach(parse_or_plain_error(resource_version))
        item = self._objects.get(key)
        if item is None:
            raise new_not_found(self.resource, self.store.name(key))
        return item

    async def list(
        self,
        prefix: str,
        predicate: Predicate = EVERYTHING,
        resource_version: str = "",
        match: str = "",
        limit: int = 0,
        continue_token: str = "",
    ) -> ListResult:
        """Objects from memory; those of an old revision from the store's history."""
        start = list_start(prefix, resource_version, match, limit, continue_token)
        await self._reach(start.at_least)
        if start.revision and not self._window.floor <= start.revision <= self.revision:
            return await self.store.list(prefix, predicate, resource_version, match, limit, continue_token)
        # Whatever there is will do: then the limit is not looked at, as in the API server.
        return self._page(prefix, predicate, start, 0 if resource_version == "0" else limit)

    def _page(self, prefix: str, predicate: Predicate, start: ListStart, limit: int) -> ListResult:
        revision = start.revision or self.revision
        items = self._as_of(revision, self._narrowed(prefix, predicate), start.key)
        if not limit:
            return ListResult(self._selected(items, predicate), revision)
        page: Items = []
        left = len(items)
        for item in items:
            left -= 1
            if predicate.empty or predicate.matches(item.attributes(self.store.get_attrs)):
                page.append(item)
                if len(page) == limit:
                    break
        if not left:
            return ListResult(page, revision)
        token = encode_continue(items[-1 - left].key + "\x00", prefix, revision)
        return ListResult(page, revision, token, left if predicate.empty else None)

    def _as_of(self, revision: int, prefix: str, start: str) -> Items:
        """The objects of a revision within the window: what has changed since is taken back."""
        items = self._objects.below(prefix, start)
        since = reversed(self._window.after(revision))
        # The earliest change of a key comes last: it knows what was there at the revision.
        before = {change.key: change.prev for change in since if change.key >= start and _below(change.key, prefix)}
        if not before:
            return items
        kept = [item for item in items if item.key not in before]
        kept += [item for item in before.values() if item is not None]
        return sorted(kept, key=_key)

    def _narrowed(self, prefix: str, predicate: Predicate) -> str:
        """The key of the one object that can be meant where a namespace's object is selected by its name."""
        if prefix == self.prefix or not prefix.endswith("/"):
            return prefix
        name = predicate.fields.requires_exact_match("metadata.name")
        return f"{prefix}{name}" if name and "/" not in name else prefix

    def _selected(self, items: Items, predicate: Predicate) -> Items:
        if predicate.empty:
            return items
        get_attrs = self.store.get_attrs
        return [item for item in items if predicate.matches(item.attributes(get_attrs))]

    async def count(self) -> int:
        """How many objects there are."""
        await self.start()
        return len(self._objects)

    async def current_revision(self) -> int:
        """The newest resource version."""
        await self.start()
        return self.revision

    # -- reads without waiting, for those who decide in the middle of something: a started cache is always current

    def peek(self, key: str) -> Item | None:
        """What memory holds of an object."""
        return self._objects.get(key)

    def peek_below(self, prefix: str) -> Items:
        """What memory holds below a prefix."""
        return self._objects.below(prefix)

    @property
    def changed(self) -> int:
        """The revision of the last change."""
        return self._changed

    # -- writes

    async def create(self, key: str, obj: Object, ttl: int = 0) -> Item:
        """Stores a new object."""
        await self.start()
        return await self._written(await self.store.create(key, obj, ttl))

    async def guaranteed_update(
        self,
        key: str,
        update: Update,
        preconditions: Preconditions | None = None,
        *,
        ignore_not_found: bool = False,
        ttl: int = 0,
    ) -> Item:
        """Changes an object, beginning with what the cache knows of it."""
        await self.start()
        item = await self.store.guaranteed_update(
            key,
            update,
            preconditions,
            ignore_not_found=ignore_not_found,
            ttl=ttl,
            suggestion=self._objects.get(key),
            authoritative=self.store.kv.exclusive,
        )
        return await self._written(item)

    async def delete(
        self, key: str, preconditions: Preconditions | None = None, validate: ValidateDeletion | None = None
    ) -> Item:
        """Removes an object, beginning with what the cache knows of it."""
        await self.start()
        exclusive = self.store.kv.exclusive
        item = await self.store.delete(key, preconditions, validate, self._objects.get(key), exclusive)
        return await self._written(item)

    # -- watches

    async def watch(
        self,
        prefix: str,
        predicate: Predicate = EVERYTHING,
        resource_version: str = "",
        *,
        send_initial_events: bool | None = None,
        bookmarks: bool = False,
        timeout: float | None = None,
    ) -> CacheWatcher:
        """Changes from memory: what there is or the recent ones first, then as they happen."""
        version = parse_or_plain_error(resource_version)
        await self._reach(version if send_initial_events else 0)
        prefix = self._narrowed(prefix, predicate)
        watcher = CacheWatcher(
            prefix,
            predicate,
            self.store.get_attrs,
            self._forget,
            after=version,
            bookmarks=bookmarks,
            backlog=self._backlog,
        )
        if send_initial_events or (send_initial_events is None and not version):
            watcher.begin(self._initial(prefix, predicate, bookmark=bookmarks and bool(send_initial_events)))
        elif version and version < self._window.floor:
            watcher.fail(too_old_resource_version(version, self._window.floor))
            return watcher
        elif version:
            watcher.catch_up(change for change in self._window.after(version) if _below(change.key, prefix))
        self._watchers.add(watcher)
        self._schedule(watcher, timeout)
        return watcher

    def _initial(self, prefix: str, predicate: Predicate, *, bookmark: bool) -> Sequence[StorageEvent]:
        items = self._selected(self._objects.below(prefix), predicate)
        events = [StorageEvent("ADDED", item) for item in items]
        if bookmark:
            events.append(bookmark_event(self.store.empty_object, self.revision, initial_events_end=True))
        return events

    def _forget(self, watcher: CacheWatcher) -> None:
        self._watchers.remove(watcher)

    def _schedule(self, watcher: CacheWatcher, timeout: float | None) -> None:
        loop = asyncio.get_running_loop()
        if timeout is not None:
            watcher.timers.append(loop.call_later(timeout, watcher.finish))
            if watcher.bookmarks and timeout > _BEFORE_TIMEOUT:
                watcher.timers.append(loop.call_later(timeout - _BEFORE_TIMEOUT, self._send_bookmark, watcher))
        if watcher.bookmarks and self._bookmark_timer is None:
            self._bookmark_timer = loop.call_later(self._bookmark_seconds, self._bookmarks_due)

    def _send_bookmark(self, watcher: CacheWatcher) -> None:
        watcher.push(bookmark_event(self.store.empty_object, self.revision))

    def _bookmarks_due(self) -> None:
        self._bookmark_timer = None
        if self.send_bookmarks():
            loop = asyncio.get_running_loop()
            self._bookmark_timer = loop.call_later(self._bookmark_seconds, self._bookmarks_due)

    def send_bookmarks(self) -> int:
        """Tells every watcher that asked for bookmarks where the cache is; how many they are."""
        listeners = [watcher for watcher in self._watchers if watcher.bookmarks]
        event = bookmark_event(self.store.empty_object, self.revision)
        for watcher in listeners:
            watcher.push(event)
        return len(listeners)


def _key(item: Item) -> str:
    return item.key


def _below(key: str, prefix: str) -> bool:
    return key.startswith(prefix) if prefix.endswith("/") else key == prefix
