"""Objects straight over the key-value store, without a cache.

Source: apiserver ``pkg/storage/etcd3/store.go``.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from typing import TypeVar

from mini_server.kv.interface import (
    KV,
    Compacted,
    FutureRevision,
    KeyExists,
    KeyNotFound,
    KeyValue,
    RevisionMismatch,
    StoreClosed,
    StoreError,
    StoreUnavailable,
)
from mini_server.storage import encoding
from mini_server.storage.continuation import NEWEST, encode_continue
from mini_server.storage.errors import (
    check_preconditions,
    continue_expired,
    list_expired,
    not_written,
    plain_error,
    too_large_resource_version,
)
from mini_server.storage.interface import (
    EVERYTHING,
    GetAttributes,
    ListResult,
    Object,
    Preconditions,
    Predicate,
    Update,
    ValidateDeletion,
    default_attributes,
)
from mini_server.storage.item import DecodedObjects, Item
from mini_server.storage.lease_manager import LeaseManager
from mini_server.storage.versions import ListStart, list_start, parse_or_plain_error
from mini_server.storage.watcher import KVWatcher
from pykubectl.machinery.errors import StatusError, new_already_exists, new_not_found
from pykubectl.machinery.schema import GroupResource

_T = TypeVar("_T")
# Within the class "list" is the method.
Items = list[Item]
_PAGE = 500
_MAX_PAGE = 10_000


async def settle(result: _T | Awaitable[_T]) -> _T:
    """The result of a function that may or may not be a coroutine function."""
    if inspect.isawaitable(result):
        return await result
    return result


class KVStore:
    """A `Store` whose reads and watches go to the key-value store."""

    def __init__(
        self,
        kv: KV,
        resource: GroupResource,
        prefix: str,
        get_attrs: GetAttributes = default_attributes,
        empty_object: Object | None = None,
    ) -> None:
        """``prefix`` is where the resource's keys are and ends in "/"; ``empty_object`` (apiVersion, kind and what
        an object of the kind has at least) is what bookmarks carry."""
        self.kv = kv
        self.resource = resource
        self.prefix = prefix
        self.get_attrs = get_attrs
        self.empty_object = empty_object or {}
        self.decoded = DecodedObjects()
        self._leases = LeaseManager(kv)
        # Objects being written, by the identity of their bytes: a cache fed by the write need not decode them.
        self._in_flight: dict[int, Object] = {}

    def item(self, kv: KeyValue) -> Item:
        """What is stored under a key."""
        obj = self._in_flight.get(id(kv.value))
        if obj is not None:
            obj = encoding.with_revision(obj, kv.mod_revision)
        return Item(kv.key, encoding.stamp(kv.value, kv.mod_revision), kv.mod_revision, obj, self.decoded)

    def name(self, key: str) -> str:
        """The object's name in texts."""
        return key.rpartition("/")[2]

    # -- reads

    async def get(self, key: str, resource_version: str = "") -> Item:
        """An object as it is now."""
        at_least = parse_or_plain_error(resource_version)
        kv, revision = await self.kv.get(key)
        if at_least > revision:
            raise too_large_resource_version(at_least, revision)
        if kv is None:
            raise new_not_found(self.resource, self.name(key))
        return self.item(kv)

    async def list(
        self,
        prefix: str,
        predicate: Predicate = EVERYTHING,
        resource_version: str = "",
        match: str = "",
        limit: int = 0,
        continue_token: str = "",
    ) -> ListResult:
        """Objects in the order of their keys."""
        start = list_start(prefix, resource_version, match, limit, continue_token)
        if not prefix.endswith("/"):
            return await self._list_single(prefix, predicate, start)
        try:
            return await self._list_pages(prefix, predicate, start, limit)
        except Compacted:
            if continue_token:
                raise continue_expired(encode_continue(start.key, prefix, NEWEST)) from None
            raise list_expired() from None
        except FutureRevision as error:
            raise too_large_resource_version(start.revision, error.current) from None

    async def _list_single(self, key: str, predicate: Predicate, start: ListStart) -> ListResult:
        try:
            kv, revision = await self.kv.get(key, start.revision)
        except Compacted:
            raise list_expired() from None
        except FutureRevision as error:
            raise too_large_resource_version(start.revision, error.current) from None
        self._reached(start.at_least, revision)
        items = [self.item(kv)] if kv is not None else []
        return ListResult(self._wanted(items, predicate), start.revision or revision)

    def _wanted(self, items: Items, predicate: Predicate) -> Items:
        if predicate.empty:
            return items
        return [item for item in items if predicate.matches(item.attributes(self.get_attrs))]

    @staticmethod
    def _reached(at_least: int, revision: int) -> None:
        if at_least > revision:
            raise too_large_resource_version(at_least, revision)

    async def _list_pages(self, prefix: str, predicate: Predicate, start: ListStart, limit: int) -> ListResult:
        """Reads page after page, larger ones as a selector drops objects, until the limit is filled."""
        revision, key, page = start.revision, start.key, limit or _PAGE
        items: Items = []
        while True:
            result = await self.kv.range(prefix, key, page if limit else 0, revision)
            if not revision:
                self._reached(start.at_least, result.revision)
                revision = result.revision
            left = result.count
            for kv in result.kvs:
                left -= 1
                item = self.item(kv)
                if predicate.empty or predicate.matches(item.attributes(self.get_attrs)):
                    items.append(item)
                    if limit and len(items) == limit:
                        key = kv.key
                        break
            else:
                if result.more:
                    key, page = result.kvs[-1].key + "\x00", min(page * 2, _MAX_PAGE)
                    continue
                left = 0
            if not left:
                return ListResult(items, revision)
            token = encode_continue(key + "\x00", prefix, revision)
            return ListResult(items, revision, token, left if predicate.empty else None)

    async def count(self) -> int:
        """How many objects there are."""
        return (await self.kv.range(self.prefix, limit=1)).count

    async def current_revision(self) -> int:
        """The newest resource version."""
        return (await self.kv.get(self.prefix))[1]

    # -- writes

    async def create(self, key: str, obj: Object, ttl: int = 0) -> Item:
        """Stores a new object."""
        if (obj.get("metadata") or {}).get("resourceVersion"):
            raise plain_error("resourceVersion should not be set on objects to be created")
        try:
            return await self._create(key, obj, ttl)
        except KeyExists:
            raise new_already_exists(self.resource, self.name(key)) from None

    async def _create(self, key: str, obj: Object, ttl: int) -> Item:
        return await self._write(key, obj, encoding.encode(obj), None, ttl)

    async def _write(self, key: str, obj: Object, value: bytes, mod_revision: int | None, ttl: int) -> Item:
        """Creates (``mod_revision`` None) or replaces. KeyExists, KeyNotFound, RevisionMismatch."""
        self._in_flight[id(value)] = obj
        try:
            lease = await self._leases.lease(ttl) if ttl else 0
            if mod_revision is None:
                revision = await self.kv.create(key, value, lease)
            else:
                revision = await self.kv.update(key, value, mod_revision, lease)
        except (StoreUnavailable, StoreClosed) as error:
            raise not_written(error) from error
        finally:
            del self._in_flight[id(value)]
        stamped = encoding.with_revision(obj, revision)
        return Item(key, encoding.stamp(value, revision), revision, stamped, self.decoded)

    async def _current(self, key: str) -> Item | None:
        kv, _ = await self.kv.get(key)
        return None if kv is None else self.item(kv)

    async def guaranteed_update(
        self,
        key: str,
        update: Update,
        preconditions: Preconditions | None = None,
        *,
        ignore_not_found: bool = False,
        ttl: int = 0,
        suggestion: Item | None = None,
        authoritative: bool = False,
    ) -> Item:
        """Changes an object. ``suggestion`` is what a cache believes it to be; where that is stale it is read again.

        An authoritative suggestion, which may be that there is none, is not doubted.
        """
        sure = suggestion is None or authoritative
        current = suggestion if suggestion is not None or authoritative else await self._current(key)
        while True:
            try:
                obj = await self._try_update(key, current, update, preconditions, ignore_not_found)
            except StatusError:
                fresh = current if sure else await self._current(key)
                if sure or _same(fresh, current):
                    raise
                current, sure = fresh, True
                continue
            if obj is None:
                if current is None:
                    raise new_not_found(self.resource, self.name(key))
                return current
            try:
                return await self._replace(key, obj, current, ttl, sure=sure)
            except RevisionMismatch as mismatch:
                current = self.item(mismatch.current)
            except (KeyNotFound, KeyExists):
                current = await self._current(key)
            sure = True

    async def _try_update(
        self,
        key: str,
        current: Item | None,
        update: Update,
        preconditions: Preconditions | None,
        ignore_not_found: bool,
    ) -> Object | None:
        if current is None and not ignore_not_found:
            raise new_not_found(self.resource, self.name(key))
        check_preconditions(self.resource, key, current, preconditions)
        return await settle(update(current))

    async def _replace(self, key: str, obj: Object, current: Item | None, ttl: int, *, sure: bool) -> Item:
        value = encoding.encode(obj)
        if current is None:
            return await self._write(key, obj, value, None, ttl)
        if encoding.stamp(value, current.revision) == current.raw:
            if not sure:
                await self._confirm(current)
            return current
        return await self._write(key, obj, value, current.revision, ttl)

    async def _confirm(self, item: Item) -> None:
        """Nothing need be written if the store holds just this. A stale item raises as a write would."""
        kv, _ = await self.kv.get(item.key)
        if kv is None:
            raise KeyNotFound(item.key)
        if kv.mod_revision != item.revision:
            raise RevisionMismatch(kv)

    async def delete(
        self,
        key: str,
        preconditions: Preconditions | None = None,
        validate: ValidateDeletion | None = None,
        suggestion: Item | None = None,
        authoritative: bool = False,
    ) -> Item:
        """Removes an object; suggestions as for `guaranteed_update`."""
        sure = suggestion is None or authoritative
        current = suggestion if suggestion is not None or authoritative else await self._current(key)
        while True:
            try:
                if current is None:
                    raise new_not_found(self.resource, self.name(key))
                check_preconditions(self.resource, key, current, preconditions)
                if validate is not None:
                    await settle(validate(current))
            except StatusError:
                fresh = current if sure else await self._current(key)
                if sure or _same(fresh, current):
                    raise
                current, sure = fresh, True
                continue
            try:
                revision, _ = await self.kv.delete(key, current.revision)
                return Item(key, encoding.restamp(current.raw, revision), revision, decoded=self.decoded)
            except RevisionMismatch as mismatch:
                current = self.item(mismatch.current)
            except KeyNotFound:
                current = None
            except (StoreUnavailable, StoreClosed) as error:
                raise not_written(error) from error
            sure = True

    # -- watch

    async def watch(
        self,
        prefix: str,
        predicate: Predicate = EVERYTHING,
        resource_version: str = "",
        *,
        send_initial_events: bool | None = None,
        bookmarks: bool = False,
        timeout: float | None = None,
    ) -> KVWatcher:
        """Changes, read from the key-value store's history and then as they happen."""
        version = parse_or_plain_error(resource_version)
        initial: ListResult | None = None
        if send_initial_events or (version == 0 and send_initial_events is None):
            initial = await self.list(prefix, predicate)
            self._reached(version, initial.revision)
            version = initial.revision
        first = version + 1 if version else 0
        error: StoreError | None = None
        try:
            watch = await self.kv.watch(prefix, first)
        except Compacted as compacted:
            watch, error = None, compacted
        bookmark = self.empty_object if bookmarks and send_initial_events else None
        return KVWatcher(self, prefix, predicate, watch, initial, bookmark, error, timeout)


def _same(one: Item | None, other: Item | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.revision == other.revision
