"""The admission chain: all mutating plugins, then all validating ones.

Source: apiserver ``pkg/admission/chain.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mini_server.admission.interface import Attributes, Plugin


class Chain:
    """Plugins in their order; the first refusal ends it."""

    def __init__(self, plugins: Sequence[Plugin] = ()) -> None:
        self._mutating: list[Any] = [plugin for plugin in plugins if hasattr(plugin, "admit")]
        self._validating: list[Any] = [plugin for plugin in plugins if hasattr(plugin, "validate")]

    async def admit(self, attributes: Attributes) -> None:
        """Lets plugins change the object. Raises StatusError."""
        for plugin in self._mutating:
            if plugin.handles(attributes.operation):
                await plugin.admit(attributes)

    async def validate(self, attributes: Attributes) -> None:
        """Lets plugins refuse the object. Raises StatusError."""
        for plugin in self._validating:
            if plugin.handles(attributes.operation):
                await plugin.validate(attributes)
