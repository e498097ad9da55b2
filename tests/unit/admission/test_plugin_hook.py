"""Admission plugins of third parties: they enter by the hook and run when a flag names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from mini_server.admission.registry import PluginRegistry, builtin_registry
from mini_server.hookspecs import hookimpl
from mini_server.plugins import admission_registry, plugin_manager


class TeamLabel:
    """Refuses nothing, changes nothing: only its place in the chain matters here."""

    name = "TeamLabel"

    def __init__(self, context: AdmissionContext) -> None:
        self.context = context

    def handles(self, operation: str) -> bool:
        return operation == CREATE

    async def validate(self, attributes: Attributes) -> None:
        raise attributes.forbidden("a team label is needed")


class Offering:
    def __init__(self, factories: Mapping[str, Any], default: bool = False) -> None:
        self._factories, self._default = factories, default

    @hookimpl
    def mini_server_admission_plugins(self, registry: PluginRegistry) -> None:
        for name, factory in self._factories.items():
            registry.register(name, factory, default=self._default)


def registry_with(offering: Offering) -> PluginRegistry:
    manager = plugin_manager()
    manager.register(offering)
    return admission_registry(manager)


def validating(registry: PluginRegistry, **flags: tuple[str, ...]) -> list[str]:
    chain = registry.chain(AdmissionContext(reader=None), **flags)  # type: ignore[arg-type]
    return [plugin.name for plugin in chain._validating]


def test_third_party_plugins_stand_behind_the_built_in_ones() -> None:
    assert registry_with(Offering({"TeamLabel": TeamLabel})).names() == [*builtin_registry().names(), "TeamLabel"]


def test_a_plugin_runs_when_it_is_enabled() -> None:
    registry = registry_with(Offering({"TeamLabel": TeamLabel}))
    assert "TeamLabel" not in validating(registry)
    assert validating(registry, enable=("TeamLabel",))[-1] == "TeamLabel"


def test_a_default_plugin_runs_until_it_is_disabled() -> None:
    registry = registry_with(Offering({"TeamLabel": TeamLabel}, default=True))
    assert validating(registry)[-1] == "TeamLabel"
    assert "TeamLabel" not in validating(registry, disable=("TeamLabel",))


def test_a_built_in_name_is_taken() -> None:
    with pytest.raises(ValueError, match='"Priority" is already registered'):
        registry_with(Offering({"Priority": TeamLabel}))
