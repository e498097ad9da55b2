"""Leases shared by objects that expire at about the same time, so that a thousand Events need one.

Source: apiserver ``pkg/storage/etcd3/lease_manager.go`` (a lease is used again for a minute, by at most 1,000 objects).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mini_server.kv.interface import KV

_REUSE_SECONDS = 60.0
_REUSE_SHARE = 0.05
_MAX_OBJECTS = 1000


class LeaseManager:
    """Gives out leases that last at least as long as asked, by at most a twentieth (or a minute) longer."""

    def __init__(self, kv: KV, monotonic: Callable[[], float] | None = None) -> None:
        self._kv = kv
        self._monotonic = monotonic
        self._lease = 0
        self._ttl = 0
        self._until = 0.0
        self._objects = 0

    def _now(self) -> float:
        return self._monotonic() if self._monotonic is not None else asyncio.get_running_loop().time()

    async def lease(self, ttl: int) -> int:
        """A lease for an object that is to live ``ttl`` seconds."""
        now = self._now()
        if ttl == self._ttl and now < self._until and self._objects < _MAX_OBJECTS:
            self._objects += 1
            return self._lease
        reuse = min(_REUSE_SECONDS, ttl * _REUSE_SHARE)
        lease = await self._kv.grant(ttl + reuse)
        self._lease, self._ttl, self._until, self._objects = lease, ttl, now + reuse, 1
        return lease
