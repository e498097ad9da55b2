"""Stores by name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mini_server.kv.interface import StoreOpenError
from mini_server.kv.memory import MemoryKV
from mini_server.kv.registry import KVOptions, builtin


def test_built_in_stores(tmp_path: Path) -> None:
    async def main() -> None:
        registry = builtin()
        assert registry.names == ("memory", "sqlite")
        for name in registry.names:
            kv = registry.open(name, KVOptions(data_dir=tmp_path / name))
            assert await kv.create("/a", b"x") == 2
            await kv.close()

    asyncio.run(main())


def test_a_further_store() -> None:
    registry = builtin()
    registry.register("mine", lambda options: MemoryKV(options.clock))
    assert isinstance(registry.open("mine", KVOptions()), MemoryKV)
    with pytest.raises(ValueError, match="mine"):
        registry.register("mine", lambda options: MemoryKV())
    assert "mine" not in builtin().names


def test_what_cannot_be_opened() -> None:
    with pytest.raises(StoreOpenError, match="unknown store etcd: must be one of memory, sqlite"):
        builtin().open("etcd", KVOptions())
    with pytest.raises(StoreOpenError, match="needs a data directory"):
        builtin().open("sqlite", KVOptions())
