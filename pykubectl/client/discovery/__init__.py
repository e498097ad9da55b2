"""Finding out what a server serves, with kubectl's cache on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load

if TYPE_CHECKING:
    from pykubectl.client.discovery.cached import CachedDiscoveryClient as CachedDiscoveryClient
    from pykubectl.client.discovery.client import Discovery as Discovery
    from pykubectl.client.discovery.client import DiscoveryClient as DiscoveryClient
    from pykubectl.client.discovery.client import GroupDiscoveryFailed as GroupDiscoveryFailed

_NAMES = {
    "CachedDiscoveryClient": "cached",
    "Discovery": "client",
    "DiscoveryClient": "client",
    "GroupDiscoveryFailed": "client",
}


def __getattr__(name: str) -> object:
    return load(__name__, _NAMES, name)
