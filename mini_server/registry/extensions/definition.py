"""Definitions of resources: the first version that objects are stored in is the one to be stored now.

Source: apiextensions-apiserver ``pkg/registry/customresourcedefinition/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy

Object = dict[str, Any]


class DefinitionStrategy(Strategy):
    """The status of a new definition tells of its storage version."""

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """The versions that objects may be stored in."""
        super().prepare_for_create(context, obj)
        stored = [version.get("name") for version in obj["spec"].get("versions") or [] if version.get("storage")]
        if stored:
            obj["status"]["storedVersions"] = stored[:1]
