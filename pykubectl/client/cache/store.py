"""The store of cached objects and its indices.

Source of the rules: client-go ``tools/cache/thread_safe_store.go``.
"""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from pykubectl.client.cache.keys import deletion_handling_key
from pykubectl.client.objects import meta

T = TypeVar("T")
IndexFunc = Callable[[T], Iterable[str]]
# The keys of each value, in the order in which they came.
Index = dict[str, dict[str, None]]

NAMESPACE_INDEX = "namespace"


def namespace_index(obj: object) -> list[str]:
    """Index by namespace; register it as :data:`NAMESPACE_INDEX`."""
    return [meta(obj, "namespace")]


class Indexer(Generic[T]):
    """Objects by key, and by the values that index functions give for them.

    Thread-safe: a reader sees a write whole or not at all. What is read is the stored object itself, shared with all
    readers: **never change it**; copy first. Lists are new and belong to the caller; their order is that of insertion.
    """

    def __init__(
        self,
        key_func: Callable[[T], str] = deletion_handling_key,
        indexers: Mapping[str, IndexFunc[T]] | None = None,
    ) -> None:
        self.key_func = key_func
        self._lock = threading.RLock()
        self._items: dict[str, T] = {}
        self._indexers: dict[str, IndexFunc[T]] = dict(indexers or {})
        self._indices: dict[str, Index] = {name: {} for name in self._indexers}

    def add(self, obj: T) -> None:
        """Store the object; replaces the one with the same key."""
        key = self.key_func(obj)
        with self._lock:
            self._set(key, obj)

    update = add

    def delete(self, obj: T) -> None:
        """Remove the object with this one's key, if there is one."""
        key = self.key_func(obj)
        with self._lock:
            old = self._items.pop(key, None)
            if old is not None:
                self._unindex(key, old)

    def replace(self, objects: Iterable[T]) -> None:
        """Hold exactly these objects."""
        items = {self.key_func(obj): obj for obj in objects}
        with self._lock:
            self._indices = _indices(self._indexers, items)
            self._items = items

    def get(self, obj: T) -> T | None:
        """The stored object with this one's key."""
        return self.get_by_key(self.key_func(obj))

    def get_by_key(self, key: str) -> T | None:
        """The stored object, None where there is none."""
        with self._lock:
            return self._items.get(key)

    def list(self) -> list[T]:
        """All objects."""
        with self._lock:
            return [*self._items.values()]

    def list_keys(self) -> builtins.list[str]:
        """All keys."""
        with self._lock:
            return [*self._items]

    def __len__(self) -> int:
        return len(self._items)

    def add_indexers(self, indexers: Mapping[str, IndexFunc[T]]) -> None:
        """Add index functions, also over what is stored already. Raises ValueError for a name that is taken."""
        with self._lock:
            taken = sorted(set(indexers) & set(self._indexers))
            if taken:
                raise ValueError(f"indexer conflict: {', '.join(taken)}")
            self._indices |= _indices(indexers, self._items)
            self._indexers.update(indexers)

    @property
    def indexers(self) -> Mapping[str, IndexFunc[T]]:
        """The index functions by name; READ-ONLY."""
        return self._indexers

    def by_index(self, name: str, value: str) -> builtins.list[T]:
        """The objects whose index has the value. Raises KeyError for an index that does not exist."""
        with self._lock:
            keys = self._index(name).get(value, ())
            return [self._items[key] for key in keys]

    def index_keys(self, name: str, value: str) -> builtins.list[str]:
        """As :meth:`by_index`, but the keys."""
        with self._lock:
            return [*self._index(name).get(value, ())]

    def index(self, name: str, obj: T) -> builtins.list[T]:
        """The objects that share an index value with this one."""
        with self._lock:
            index = self._index(name)
            keys = {key: None for value in self._indexers[name](obj) for key in index.get(value, ())}
            return [self._items[key] for key in keys]

    def list_index_values(self, name: str) -> builtins.list[str]:
        """All values of an index."""
        with self._lock:
            return [*self._index(name)]

    def _index(self, name: str) -> Index:
        if name not in self._indices:
            raise KeyError(f"Index with name {name} does not exist")
        return self._indices[name]

    def _set(self, key: str, obj: T) -> None:
        # First, so that an object whose index function fails is not stored at all.
        values = [(name, [*function(obj)]) for name, function in self._indexers.items()]
        old = self._items.get(key)
        if old is not None:
            self._unindex(key, old)
        self._items[key] = obj
        for name, found in values:
            for value in found:
                self._indices[name].setdefault(value, {})[key] = None

    def _unindex(self, key: str, obj: T) -> None:
        for name, function in self._indexers.items():
            index = self._indices[name]
            for value in function(obj):
                keys = index.get(value)
                if keys is not None:
                    keys.pop(key, None)
                    if not keys:
                        del index[value]


def _indices(indexers: Mapping[str, IndexFunc[T]], items: Mapping[str, T]) -> dict[str, Index]:
    """Each index over all objects."""
    indices: dict[str, Index] = {}
    for name, function in indexers.items():
        index = indices.setdefault(name, {})
        for key, obj in items.items():
            for value in function(obj):
                index.setdefault(value, {})[key] = None
    return indices
