"""Every namespace has a ``default`` ServiceAccount, and the cluster's CA in a ConfigMap.

Source: kubernetes ``pkg/controller/serviceaccount/serviceaccounts_controller.go``,
``pkg/controller/certificates/rootcacertpublisher/publisher.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key
from mini_server.controllers.resources import CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS
from pykubectl.machinery.errors import StatusError, is_already_exists, is_not_found

Object = dict[str, Any]

ROOT_CA_CONFIG_MAP = "kube-root-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)

_DESCRIBED = {"kubernetes.io/description": _DESCRIPTION}


def _namespace_key(obj: Object) -> tuple[str]:
    return (obj["metadata"]["namespace"],)


class ServiceAccountController(Controller):
    """Creates the ``default`` ServiceAccount of each namespace, again when it is deleted."""

    name = "service-account-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._namespaces = self.watch(NAMESPACES, own_key)
        self._accounts = self.watch(SERVICE_ACCOUNTS, _namespace_key)

    def sync(self, key: str) -> None:
        """``key`` is a namespace's name."""
        namespace = self._namespaces.get("", key)
        if not _is_active(namespace) or self._accounts.get(key, "default") is not None:
            return
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": key}}
        _create(lambda: self.client.create(SERVICE_ACCOUNTS, key, account))


class RootCACertPublisher(Controller):
    """Keeps ``kube-root-ca.crt`` in each namespace, with the CA that signed the API server's certificate."""

    name = "root-ca-certificate-publisher-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._data = {"ca.crt": context.root_ca}
        self._namespaces = self.watch(NAMESPACES, own_key)
        self._config_maps = self.watch(CONFIG_MAPS, self._keys)

    def sync(self, key: str) -> None:
        """``key`` is a namespace's name."""
        if not _is_active(self._namespaces.get("", key)):
            return
        current = self._config_maps.get(key, ROOT_CA_CONFIG_MAP)
        if current is None:
            meta = {"name": ROOT_CA_CONFIG_MAP, "namespace": key, "annotations": _DESCRIBED}
            wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": self._data}
            _create(lambda: self.client.create(CONFIG_MAPS, key, wanted))
            return
        annotations = current["metadata"].get("annotations") or {}
        if current.get("data") != self._data or not all(annotations.get(name) for name in _DESCRIBED):
            meta = {**current["metadata"], "annotations": {**annotations, **_DESCRIBED}}
            self.client.update(CONFIG_MAPS, {**current, "metadata": meta, "data": self._data})

    def _keys(self, config_map: Object) -> tuple[str, ...]:
        return _namespace_key(config_map) if config_map["metadata"]["name"] == ROOT_CA_CONFIG_MAP else ()


def _is_active(namespace: Object | None) -> bool:
    return namespace is not None and namespace.get("status", {}).get("phase") != "Terminating"


def _create(action: Any) -> None:
    """Creates; that it is there already, or that the namespace is gone, is fine."""
    try:
        action()
    except StatusError as error:
        if not (is_already_exists(error) or is_not_found(error)):
            raise
