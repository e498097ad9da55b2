"""Daemon sets: their template has a generation of its own, kept in an annotation.

Source: kubernetes ``pkg/registry/apps/daemonset/strategy.go``, ``pkg/apis/apps/v1/conversion.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy

Object = dict[str, Any]

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


class DaemonSetStrategy(Strategy):
    """The template's generation begins with 1 and grows with each change of the template."""

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """The first generation, or the one that a client brings along."""
        super().prepare_for_create(context, obj)
        _set_generation(obj, max(1, _generation(obj)))

    def prepare_for_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """A client cannot set the generation."""
        super().prepare_for_update(context, obj, old)
        changed = obj.get("spec", {}).get("template") != old.get("spec", {}).get("template")
        _set_generation(obj, _generation(old) + changed)


def _generation(obj: Object) -> int:
    """What the annotation says; 0 where it says nothing that is a number."""
    text = (obj["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _set_generation(obj: Object, generation: int) -> None:
    meta = obj["metadata"]
    meta["annotations"] = {**(meta.get("annotations") or {}), TEMPLATE_GENERATION: str(generation)}
