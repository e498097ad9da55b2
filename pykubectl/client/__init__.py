"""Clients of a Kubernetes API server.

The names below are imported when first used::

    from pykubectl.client import Clientset, load_config
    clientset = Clientset.for_config(load_config())
    clientset.core_v1.pods("default").get("web-0")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pykubectl.client.clientset import Clientset as Clientset
    from pykubectl.client.config.client_config import load as load_config
    from pykubectl.client.config.rest_config import RESTConfig as RESTConfig
    from pykubectl.client.discovery.client import DiscoveryClient as DiscoveryClient
    from pykubectl.client.dynamic import DynamicClient as DynamicClient
    from pykubectl.client.informers.factory import SharedInformerFactory as SharedInformerFactory
    from pykubectl.client.rest import RESTClient as RESTClient
    from pykubectl.client.watch import RetryWatcher as RetryWatcher

__all__ = [
    "Clientset",
    "DiscoveryClient",
    "DynamicClient",
    "RESTClient",
    "RESTConfig",
    "RetryWatcher",
    "SharedInformerFactory",
    "load_config",
]

_NAMES = {
    "Clientset": ("clientset", "Clientset"),
    "DiscoveryClient": ("discovery.client", "DiscoveryClient"),
    "DynamicClient": ("dynamic", "DynamicClient"),
    "RESTClient": ("rest", "RESTClient"),
    "RESTConfig": ("config.rest_config", "RESTConfig"),
    "RetryWatcher": ("watch", "RetryWatcher"),
    "SharedInformerFactory": ("informers.factory", "SharedInformerFactory"),
    "load_config": ("config.client_config", "load"),
}


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    module, attribute = _NAMES[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
