"""Claims, volumes and attributes classes that are in use stay: a finalizer holds them until nobody needs them.

Source: kubernetes ``pkg/controller/volume/{pvcprotection,pvprotection,vacprotection}``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller, own_key, split_key
from mini_server.controllers.resources import ATTRIBUTES_CLASSES, CLAIMS, PODS, VOLUMES
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]


class _Protection(Controller):
    """Puts the finalizer on what has none, takes it from what is being deleted and not in use."""

    resource: GroupVersionResource
    finalizer: str

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._objects = self.watch(self.resource, own_key)

    @abstractmethod
    def in_use(self, obj: Object) -> bool:
        """Whether something would break without the object."""

    def sync(self, key: str) -> None:
        """``key`` names an object of the protected resource."""
        obj = self._objects.get(*split_key(key))
        if obj is None:
            return
        finalizers = obj["metadata"].get("finalizers") or []
        deleting, held = bool(obj["metadata"].get("deletionTimestamp")), self.finalizer in finalizers
        if deleting and held and not self.in_use(obj):
            self._write(obj, [name for name in finalizers if name != self.finalizer])
        elif not deleting and not held:
            self._write(obj, [*finalizers, self.finalizer])

    def _write(self, obj: Object, finalizers: list[str]) -> None:
        self.client.update(self.resource, {**obj, "metadata": {**obj["metadata"], "finalizers": finalizers}})


def _claims_of(pod: Object) -> Iterable[str]:
    """Names of the claims that a pod mounts."""
    for volume in pod.get("spec", {}).get("volumes") or []:
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"].get("claimName", "")
        elif "ephemeral" in volume:
            yield f"{pod['metadata']['name']}-{volume['name']}"


class ClaimProtectionController(_Protection):
    """A claim is in use while a scheduled pod that has not ended mounts it."""

    name = "persistentvolumeclaim-protection-controller"
    resource = CLAIMS
    finalizer = "kubernetes.io/pvc-protection"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._pods = self.watch(PODS, self._keys)

    def _keys(self, pod: Object) -> Iterable[str]:
        return [f"{pod['metadata']['namespace']}/{name}" for name in _claims_of(pod)]

    def in_use(self, obj: Object) -> bool:
        """Pods that no node has do not count: they will not start over a claim that is being deleted."""
        meta = obj["metadata"]
        return any(
            meta["name"] in _claims_of(pod)
            for pod in self._pods.list(meta["namespace"])
            if pod.get("spec", {}).get("nodeName") and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        )


class VolumeProtectionController(_Protection):
    """A volume is in use while it is bound."""

    name = "persistentvolume-protection-controller"
    resource = VOLUMES
    finalizer = "kubernetes.io/pv-protection"

    def in_use(self, obj: Object) -> bool:
        """By the claim it is bound to."""
        return bool(obj.get("status", {}).get("phase") == "Bound")


class AttributesClassProtectionController(_Protection):
    """A class is in use while a claim or a volume names it."""

    name = "volumeattributesclass-protection-controller"
    resource = ATTRIBUTES_CLASSES
    finalizer = "kubernetes.io/vac-protection"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._users = (self.watch(CLAIMS, _classes_of), self.watch(VOLUMES, _classes_of))

    def in_use(self, obj: Object) -> bool:
        """By a claim's or volume's spec, or by the status of a claim."""
        name = obj["metadata"]["name"]
        return any(name in _classes_of(user) for informer in self._users for user in informer.list())


def _classes_of(user: Object) -> list[str]:
    """The attributes classes that a claim or a volume names."""
    status = user.get("status") or {}
    found = (
        (user.get("spec") or {}).get("volumeAttributesClassName"),
        status.get("currentVolumeAttributesClassName"),
        (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName"),
    )
    return [name for name in found if name]
