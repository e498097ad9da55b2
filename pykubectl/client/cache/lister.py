"""Reading an informer's cache.

Source: client-go ``tools/cache/listers.go``.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Generic, TypeVar

from pykubectl.client.cache.store import NAMESPACE_INDEX, Indexer
from pykubectl.client.objects import object_label

if TYPE_CHECKING:
    from pykubectl.machinery.labels import Selector
    from pykubectl.machinery.schema import GroupResource

T = TypeVar("T")


class Lister(Generic[T]):
    """Objects of one resource from the cache; shared with all readers: never change them."""

    def __init__(self, indexer: Indexer[T], resource: GroupResource) -> None:
        self._indexer = indexer
        self._resource = resource

    def list(self, selector: Selector | None = None, namespace: str = "") -> builtins.list[T]:
        """The objects that match, of one namespace or of all."""
        objects = self._indexer.by_index(NAMESPACE_INDEX, namespace) if namespace else self._indexer.list()
        if selector is None or selector.empty:
            return objects
        return [obj for obj in objects if selector.matches(object_label(obj))]

    def get(self, name: str, namespace: str = "") -> T:
        """The object of that name. Raises StatusError (NotFound) where the cache has none."""
        obj = self._indexer.get_by_key(f"{namespace}/{name}" if namespace else name)
        if obj is None:
            from pykubectl.machinery.errors import new_not_found

            raise new_not_found(self._resource, name)
        return obj
