"""The admission plugins by name: built-in and third-party ones enter by the same `register`.

Source of the order: kubernetes ``pkg/kubeapiserver/options/plugins.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mini_server.admission.chain import Chain
from mini_server.admission.interface import AdmissionContext, Plugin
from mini_server.admission.plugins.certificates import (
    CertificateApproval,
    CertificateSigning,
    CertificateSubjectRestriction,
)
from mini_server.admission.plugins.default_class import DefaultIngressClass, DefaultStorageClass
from mini_server.admission.plugins.default_toleration_seconds import DefaultTolerationSeconds
from mini_server.admission.plugins.namespace_lifecycle import NamespaceLifecycle
from mini_server.admission.plugins.node_restriction import NodeRestriction
from mini_server.admission.plugins.pod_node_selector import PodNodeSelector
from mini_server.admission.plugins.pod_security import PodSecurity
from mini_server.admission.plugins.priority import Priority
from mini_server.admission.plugins.runtime_class import RuntimeClass
from mini_server.admission.plugins.service_account import ServiceAccount
from mini_server.admission.plugins.storage_in_use import StorageObjectInUseProtection

Factory = Callable[[AdmissionContext], Plugin]

# Built-in plugins that run when a flag enables them.
_OPTIONAL = frozenset(("NodeRestriction", "PodNodeSelector"))


class PluginRegistry:
    """Plugins in the order they run in; the default ones are on unless they are disabled."""

    def __init__(self) -> None:
        self._factories: dict[str, Factory] = {}
        self._default: set[str] = set()

    def register(self, name: str, factory: Factory, *, default: bool = False) -> None:
        """Adds a plugin behind those that are there. Raises ValueError where the name is taken."""
        if name in self._factories:
            raise ValueError(f'admission plugin "{name}" is already registered')
        self._factories[name] = factory
        if default:
            self._default.add(name)

    def names(self) -> list[str]:
        """Every plugin, in order."""
        return list(self._factories)

    def chain(
        self,
        context: AdmissionContext,
        enable: Sequence[str] = (),
        disable: Sequence[str] = (),
        guards: Sequence[Plugin] = (),
    ) -> Chain:
        """The guards, the default plugins and those enabled, without those disabled.

        Raises ValueError on unknown names.
        """
        for name in (*enable, *disable):
            if name not in self._factories:
                raise ValueError(f'unknown admission plugin "{name}": known are {", ".join(self._factories)}')
        chosen = (self._default | set(enable)) - set(disable)
        plugins = [factory(context) for name, factory in self._factories.items() if name in chosen]
        return Chain([*guards, *plugins])


def builtin_registry() -> PluginRegistry:
    """A registry with the plugins of this package; this list is the only place that says their order."""
    registry = PluginRegistry()
    for name, factory in (
        ("NamespaceLifecycle", NamespaceLifecycle),
        ("ServiceAccount", ServiceAccount),
        ("NodeRestriction", NodeRestriction),
        ("PodSecurity", PodSecurity),
        ("PodNodeSelector", PodNodeSelector),
        ("Priority", Priority),
        ("DefaultTolerationSeconds", DefaultTolerationSeconds),
        ("RuntimeClass", RuntimeClass),
        ("CertificateApproval", CertificateApproval),
        ("CertificateSigning", CertificateSigning),
        ("CertificateSubjectRestriction", CertificateSubjectRestriction),
        ("DefaultIngressClass", DefaultIngressClass),
        ("DefaultStorageClass", DefaultStorageClass),
        ("StorageObjectInUseProtection", StorageObjectInUseProtection),
    ):
        registry.register(name, factory, default=name not in _OPTIONAL)
    return registry
