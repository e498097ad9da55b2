"""Leader election."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load

if TYPE_CHECKING:
    from pykubectl.client.leaderelection.elector import LeaderElector as LeaderElector

_NAMES = {"LeaderElector": "elector"}


def __getattr__(name: str) -> object:
    return load(__name__, _NAMES, name)
