"""A stored object: bytes first, the dict made from them when somebody asks."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from mini_server.storage.interface import Attributes, GetAttributes


class DecodedObjects:
    """Keeps the dicts of the last few items that were asked for one, and forgets those of the others.

    A dict takes ten times the memory of its bytes, decoding one takes 10 us.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._items: deque[Item] = deque()
        self._limit = limit

    def remember(self, item: Item) -> None:
        """Keeps an item's dict for now."""
        self._items.append(item)
        if len(self._items) > self._limit:
            self._items.popleft().forget_object()


class Item:
    """An object at one revision. ``raw`` is its JSON as served, resourceVersion included."""

    __slots__ = ("_attributes", "_decoded", "_obj", "key", "raw", "revision")

    def __init__(
        self,
        key: str,
        raw: bytes,
        revision: int,
        obj: dict[str, Any] | None = None,
        decoded: DecodedObjects | None = None,
    ) -> None:
        self.key = key
        self.raw = raw
        self.revision = revision
        self._obj = obj
        self._decoded = decoded
        self._attributes: Attributes | None = None
        if obj is not None and decoded is not None:
            decoded.remember(self)

    @property
    def obj(self) -> dict[str, Any]:
        """The object. READ-ONLY: others hold the same dict."""
        obj = self._obj
        if obj is None:
            obj = orjson.loads(self.raw)
            self._obj = obj
            if self._decoded is not None:
                self._decoded.remember(self)
        return obj

    def copy(self) -> dict[str, Any]:
        """The object as a dict of the caller's own."""
        copied: dict[str, Any] = orjson.loads(self.raw)
        return copied

    def forget_object(self) -> None:
        """Lets go of the dict; it can be made again."""
        self._obj = None

    def attributes(self, get_attrs: GetAttributes) -> Attributes:
        """What selectors look at; kept, as every watcher asks. All callers of one item use the same function."""
        if self._attributes is None:
            self._attributes = get_attrs(self.obj)
        return self._attributes

    def __repr__(self) -> str:
        return f"Item({self.key}@{self.revision})"
