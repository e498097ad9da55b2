"""The watchers of a cache, found by what they watch: a change asks only those it may concern."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from mini_server.storage.cacher.watcher import CacheWatcher
from mini_server.storage.cacher.window import CacheEvent
from mini_server.storage.interface import GetAttributes

_Group = dict[CacheWatcher, None]
_Name = TypeVar("_Name")


class Watchers:
    """Groups by prefix (all, one namespace, one object) and by the value of an indexed field (a node's pods)."""

    def __init__(self, root: str, get_attrs: GetAttributes, index_fields: tuple[str, ...] = ()) -> None:
        self._root = root
        self._get_attrs = get_attrs
        self._index_fields = index_fields
        self._by_prefix: dict[str, _Group] = {}
        self._by_field: dict[tuple[str, str], _Group] = {}
        self._all: _Group = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[CacheWatcher]:
        return iter(list(self._all))

    def add(self, watcher: CacheWatcher) -> None:
        """Takes a watcher in."""
        self._all[watcher] = None
        field = self._field_of(watcher)
        if field is not None:
            self._by_field.setdefault(field, {})[watcher] = None
        else:
            self._by_prefix.setdefault(watcher.prefix, {})[watcher] = None

    def remove(self, watcher: CacheWatcher) -> None:
        """Takes a watcher out."""
        self._all.pop(watcher, None)
        field = self._field_of(watcher)
        if field is not None:
            _drop(self._by_field, field, watcher)
        else:
            _drop(self._by_prefix, watcher.prefix, watcher)

    def _field_of(self, watcher: CacheWatcher) -> tuple[str, str] | None:
        if watcher.prefix != self._root:
            return None
        for name in self._index_fields:
            value = watcher.predicate.fields.requires_exact_match(name)
            if value is not None:
                return name, value
        return None

    def concerned(self, change: CacheEvent) -> list[CacheWatcher]:
        """Watchers that may want to know of a change; each once."""
        key = change.key
        found = list(self._by_prefix.get(self._root, ()))
        if len(self._by_prefix) > 1 or (self._by_prefix and not found):
            slash = key.find("/", len(self._root))
            if slash >= 0:
                found += self._by_prefix.get(key[: slash + 1], ())
            found += self._by_prefix.get(key, ())
        if self._by_field:
            found += self._by_value(change)
        return found

    def _by_value(self, change: CacheEvent) -> list[CacheWatcher]:
        items = [item for item in (change.item, change.prev) if item is not None]
        found: _Group = {}
        for item in items:
            fields = item.attributes(self._get_attrs).fields
            for name in self._index_fields:
                found.update(self._by_field.get((name, fields.get(name, "")), {}))
        return list(found)


def _drop(groups: dict[_Name, _Group], name: _Name, watcher: CacheWatcher) -> None:
    group = groups.get(name)
    if group is not None:
        group.pop(watcher, None)
        if not group:
            del groups[name]
