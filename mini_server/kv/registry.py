"""Stores by name: how the built-in ones and those of plugins are chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mini_server.kv.interface import KV, StoreOpenError
from mini_server.kv.memory import MemoryKV
from mini_server.kv.sqlite import SqliteKV
from pykubectl.machinery.util.clock import Clock, RealClock


@dataclass(frozen=True, slots=True)
class KVOptions:
    """What a store may need: where its files are, the servers of a remote one, its quota (bytes, 0 none)."""

    data_dir: Path | None = None
    servers: tuple[str, ...] = ()
    quota_bytes: int = 0
    clock: Clock = field(default_factory=RealClock)


Factory = Callable[[KVOptions], KV]


class KVRegistry:
    """Name -> factory."""

    def __init__(self) -> None:
        self._factories: dict[str, Factory] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What can be chosen, sorted."""
        return tuple(sorted(self._factories))

    def register(self, name: str, factory: Factory) -> None:
        """Adds a store. ValueError where the name is taken."""
        if name in self._factories:
            raise ValueError(f"a store named {name} is registered")
        self._factories[name] = factory

    def open(self, name: str, options: KVOptions) -> KV:
        """Opens a store. StoreOpenError."""
        factory = self._factories.get(name)
        if factory is None:
            raise StoreOpenError(f"unknown store {name}: must be one of {', '.join(self.names)}")
        return factory(options)


def _sqlite(options: KVOptions) -> KV:
    if options.data_dir is None:
        raise StoreOpenError("the sqlite store needs a data directory")
    return SqliteKV(options.data_dir, options.clock, quota_bytes=options.quota_bytes)


def _memory(options: KVOptions) -> KV:
    return MemoryKV(options.clock)


def builtin() -> KVRegistry:
    """A registry with the stores that come with the server."""
    registry = KVRegistry()
    registry.register("memory", _memory)
    registry.register("sqlite", _sqlite)
    return registry
