"""ConfigMaps and Secrets that a pod's containers need before they can start.

Texts: kubernetes ``pkg/kubelet/kubelet_pods.go`` (environment) and ``pkg/volume`` (mounts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mini_server.kubelet.lifecycle import Missing

Object = dict[str, Any]

# resource, namespace, name, key (None: any) -> whether it is there
Exists = Callable[[str, str, str, str | None], bool]

_KINDS = {"configmaps": "configmap", "secrets": "secret"}


class Reference(NamedTuple):
    """A ConfigMap or Secret, perhaps a key in it, needed by an environment or a volume."""

    resource: str
    name: str
    key: str | None = None
    volume: str | None = None


def missing_reference(pod: Object, exists: Exists) -> Missing | None:
    """The first reference that is not there; optional ones are not asked for."""
    namespace = pod["metadata"]["namespace"]
    for reference in (*_volumes(pod["spec"]), *_environment(pod["spec"])):
        if exists(reference.resource, namespace, reference.name, None):
            if reference.key is None or exists(reference.resource, namespace, reference.name, reference.key):
                continue
            kind = "ConfigMap" if reference.resource == "configmaps" else "Secret"
            message = f"couldn't find key {reference.key} in {kind} {namespace}/{reference.name}"
            return Missing(message, volume=False)
        text = f'{_KINDS[reference.resource]} "{reference.name}" not found'
        if reference.volume is not None:
            return Missing(f'MountVolume.SetUp failed for volume "{reference.volume}" : {text}', volume=True)
        return Missing(text, volume=False)
    return None


def _volumes(spec: Object) -> Iterator[Reference]:
    for volume in spec.get("volumes") or []:
        sources = [volume, *((volume.get("projected") or {}).get("sources") or [])]
        for source in sources:
            config_map, secret = source.get("configMap"), source.get("secret")
            if config_map and not config_map.get("optional"):
                yield Reference("configmaps", config_map.get("name", ""), volume=volume["name"])
            if secret and not secret.get("optional"):
                yield Reference("secrets", secret.get("secretName") or secret.get("name", ""), volume=volume["name"])


def _environment(spec: Object) -> Iterator[Reference]:
    for container in (*(spec.get("initContainers") or []), *spec["containers"]):
        for source in container.get("envFrom") or []:
            for field, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
                reference = source.get(field)
                if reference and not reference.get("optional"):
                    yield Reference(resource, reference["name"])
        for variable in container.get("env") or []:
            value_from = variable.get("valueFrom") or {}
            for field, resource in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
                reference = value_from.get(field)
                if reference and not reference.get("optional"):
                    yield Reference(resource, reference["name"], reference["key"])
