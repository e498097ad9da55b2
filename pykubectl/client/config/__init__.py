"""Kubeconfigs, and the configuration of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.client.lazy import load as _load

if TYPE_CHECKING:
    from pykubectl.client.config.client_config import ClientConfig as ClientConfig
    from pykubectl.client.config.client_config import Overrides as Overrides
    from pykubectl.client.config.client_config import in_cluster_config as in_cluster_config
    from pykubectl.client.config.client_config import load as load
    from pykubectl.client.config.kubeconfig import KubeConfig as KubeConfig
    from pykubectl.client.config.kubeconfig import LoadingRules as LoadingRules
    from pykubectl.client.config.rest_config import RESTConfig as RESTConfig

_NAMES = {
    "ClientConfig": "client_config",
    "KubeConfig": "kubeconfig",
    "LoadingRules": "kubeconfig",
    "Overrides": "client_config",
    "RESTConfig": "rest_config",
    "in_cluster_config": "client_config",
    "load": "client_config",
}


def __getattr__(name: str) -> object:
    return _load(__name__, _NAMES, name)
