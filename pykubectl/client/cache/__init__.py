"""Caches of API objects: Reflector (list and watch) -> DeltaFIFO -> Indexer and event handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load

if TYPE_CHECKING:
    from pykubectl.client.cache.delta_fifo import DeltaFIFO as DeltaFIFO
    from pykubectl.client.cache.keys import DeletedFinalStateUnknown as DeletedFinalStateUnknown
    from pykubectl.client.cache.keys import deletion_handling_key as deletion_handling_key
    from pykubectl.client.cache.keys import meta_namespace_key as meta_namespace_key
    from pykubectl.client.cache.keys import split_key as split_key
    from pykubectl.client.cache.lister import Lister as Lister
    from pykubectl.client.cache.mutation_detector import CacheMutated as CacheMutated
    from pykubectl.client.cache.reflector import ListerWatcher as ListerWatcher
    from pykubectl.client.cache.reflector import Reflector as Reflector
    from pykubectl.client.cache.shared_informer import Registration as Registration
    from pykubectl.client.cache.shared_informer import SharedInformer as SharedInformer
    from pykubectl.client.cache.store import NAMESPACE_INDEX as NAMESPACE_INDEX
    from pykubectl.client.cache.store import Indexer as Indexer

_NAMES = {
    "NAMESPACE_INDEX": "store",
    "CacheMutated": "mutation_detector",
    "DeletedFinalStateUnknown": "keys",
    "DeltaFIFO": "delta_fifo",
    "Indexer": "store",
    "Lister": "lister",
    "ListerWatcher": "reflector",
    "Reflector": "reflector",
    "Registration": "shared_informer",
    "SharedInformer": "shared_informer",
    "deletion_handling_key": "keys",
    "meta_namespace_key": "keys",
    "split_key": "keys",
}


def __getattr__(name: str) -> object:
    return load(__name__, _NAMES, name)
