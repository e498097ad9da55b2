"""The objects of a cache, in the order of their keys."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from mini_server.kv.interface import prefix_end
from mini_server.storage.item import Item


class CachedObjects:
    """Key -> item, and the sorted keys."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items = {item.key: item for item in items}
        self._keys = sorted(self._items)

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: str) -> Item | None:
        """The item of a key."""
        return self._items.get(key)

    def put(self, item: Item) -> Item | None:
        """Stores an item, gives the one it replaces."""
        prev = self._items.get(item.key)
        if prev is None:
            insort(self._keys, item.key)
        self._items[item.key] = item
        return prev

    def remove(self, key: str) -> Item | None:
        """Takes an item out."""
        prev = self._items.pop(key, None)
        if prev is not None:
            del self._keys[bisect_left(self._keys, key)]
        return prev

    def below(self, prefix: str, start: str = "") -> list[Item]:
        """All items of a prefix whose keys are not before ``start``. A prefix without a final "/" is one key."""
        if not prefix.endswith("/"):
            item = self._items.get(prefix)
            return [item] if item is not None and prefix >= start else []
        low = bisect_left(self._keys, max(prefix, start))
        high = bisect_left(self._keys, prefix_end(prefix), low)
        items = self._items
        return [items[key] for key in self._keys[low:high]]
