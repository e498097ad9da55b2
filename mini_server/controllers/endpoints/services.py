"""From services to their pods and back."""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import Informer
from mini_server.controllers.controller import key_of

Object = dict[str, Any]


def has_selector(service: Object) -> bool:
    """Services without a selector have their endpoints written by somebody else."""
    return bool(service["spec"].get("selector")) and service["spec"].get("type") != "ExternalName"


def select(service: Object, pods: Informer) -> list[Object]:
    """The pods that a service's selector matches."""
    return [pod for pod in pods.list(service["metadata"]["namespace"]) if _matches(service, pod)]


class ServiceIndex:
    """For `Controller.watch` of pods: the keys of the services that select a pod."""

    def __init__(self, services: Informer) -> None:
        self._services = services

    def keys(self, pod: Object) -> list[str]:
        """Services of the pod's namespace."""
        services = self._services.list(pod["metadata"]["namespace"])
        return [key_of(service) for service in services if has_selector(service) and _matches(service, pod)]


def _matches(service: Object, pod: Object) -> bool:
    own = pod["metadata"].get("labels") or {}
    return all(own.get(name) == value for name, value in service["spec"]["selector"].items())
