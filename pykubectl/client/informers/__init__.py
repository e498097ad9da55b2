"""Factories of shared informers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load

if TYPE_CHECKING:
    from pykubectl.client.informers.factory import DynamicSharedInformerFactory as DynamicSharedInformerFactory
    from pykubectl.client.informers.factory import SharedInformerFactory as SharedInformerFactory

_NAMES = {"DynamicSharedInformerFactory": "factory", "SharedInformerFactory": "factory"}


def __getattr__(name: str) -> object:
    return load(__name__, _NAMES, name)
