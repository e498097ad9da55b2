"""A plugin of pykubectl: ``pykubectl tree``."""

from __future__ import annotations
