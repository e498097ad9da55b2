"""Warnings about what is allowed but unwise: a registry by kind, asked on creates and updates.

Source: kubernetes ``WarningsOnCreate`` and ``WarningsOnUpdate`` of the strategies, and the ``warnings.go`` of
``pkg/api/{pod,service,persistentvolume,persistentvolumeclaim}``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from mini_server.apis.core import pod_warnings
from mini_server.apis.core.pod_warnings import VOLUME_SOURCES
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.validation.field import Path

Object = dict[str, Any]
# From the new and the old object (None on a create) to texts.
Warn = Callable[[Object, Object | None], Iterator[str]]

_ANNOTATIONS = Path.new("metadata", "annotations")
_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
_USE_CLASS_NAME = 'deprecated since v1.8; use "storageClassName" attribute instead'


def _annotation(obj: Object, name: str, text: str) -> Iterator[str]:
    if name in (obj["metadata"].get("annotations") or {}):
        yield f"{_ANNOTATIONS.key(name)}: {text}"


def _host_name(obj: Object, use: str) -> Iterator[str]:
    """Names that are no DNS labels although they become parts of host names; they are valid names otherwise."""
    name = obj["metadata"].get("name", "")
    faults = [
        *(["must be no more than 63 characters"] if len(name) > 63 else []),
        *(["must not contain dots"] if "." in name else []),
    ]
    if faults:
        text = f"this is used in {use}, which can result in surprising behavior; a DNS label is recommended"
        yield f"metadata.name: {text}: [{' '.join(faults)}]"


def _pod(obj: Object, old: Object | None) -> Iterator[str]:
    if old is None:
        yield from _host_name(obj, "the Pod's hostname")
    elif obj.get("spec") == old.get("spec"):
        return
    yield from pod_warnings.warnings(obj["metadata"], obj.get("spec") or {})


def _pod_template(obj: Object, old: Object | None) -> Iterator[str]:
    template = obj.get("template") or {}
    yield from pod_warnings.warnings(template.get("metadata") or {}, template.get("spec") or {}, Path.new("template"))


def _workload(*path: str) -> Warn:
    """Of a kind with a pod template below a path."""

    def warn(obj: Object, old: Object | None) -> Iterator[str]:
        if old is None:
            yield from _host_name(obj, "Pod names and hostnames")
        elif obj.get("spec") == old.get("spec"):
            return
        template: Object = obj
        for step in path:
            template = template.get(step) or {}
        yield from pod_warnings.warnings(template.get("metadata") or {}, template.get("spec") or {}, Path.new(*path))

    return warn


def _service(obj: Object, old: Object | None) -> Iterator[str]:
    spec = obj.get("spec") or {}
    if spec.get("externalIPs") and not ((old or {}).get("spec") or {}).get("externalIPs"):
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.get("type") != "ExternalName" and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


def _ingress(obj: Object, old: Object | None) -> Iterator[str]:
    if old is None and "kubernetes.io/ingress.class" in (obj["metadata"].get("annotations") or {}):
        yield "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"


def _endpoint_slice(obj: Object, old: Object | None) -> Iterator[str]:
    if obj.get("addressType") == "FQDN":
        yield "spec.addressType: FQDN endpoints are deprecated"


def _service_account(obj: Object, old: Object | None) -> Iterator[str]:
    text = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"
    yield from _annotation(obj, "kubernetes.io/enforce-mountable-secrets", text)


def _claim(obj: Object, old: Object | None) -> Iterator[str]:
    yield from _annotation(obj, _STORAGE_CLASS, _USE_CLASS_NAME)
    resources = (obj.get("spec") or {}).get("resources") or {}
    for amounts in ("requests", "limits"):
        path = Path.new("spec", "resources", amounts)
        yield from pod_warnings.fractions(resources.get(amounts) or {}, path, ("storage",))


def _volume(obj: Object, old: Object | None) -> Iterator[str]:
    yield from _annotation(obj, _STORAGE_CLASS, _USE_CLASS_NAME)
    spec = obj.get("spec") or {}
    for source, text in VOLUME_SOURCES.items():
        if source in spec:
            yield f"spec.{source}: {text}"


def _csi_driver(obj: Object, old: Object | None) -> Iterator[str]:
    spec = obj.get("spec") or {}
    if spec.get("tokenRequests") and spec.get("serviceAccountTokenInSecrets") is None:
        text = "if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes"
        yield f"spec.serviceAccountTokenInSecrets is unset; {text}"


def _secret(obj: Object, old: Object | None) -> Iterator[str]:
    if obj.get("type") != "kubernetes.io/tls":
        return
    for key, what in (("tls.crt", "certificate"), ("tls.key", "key")):
        if b"-----BEGIN" not in base64.b64decode((obj.get("data") or {}).get(key) or ""):
            yield f"tls: failed to find any PEM data in {what} input"
            return


_WARNINGS: dict[tuple[str, str], Warn] = {
    ("", "Pod"): _pod,
    ("", "PodTemplate"): _pod_template,
    ("", "ReplicationController"): _workload("spec", "template"),
    ("", "Service"): _service,
    ("", "ServiceAccount"): _service_account,
    ("", "Secret"): _secret,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
    ("apps", "Deployment"): _workload("spec", "template"),
    ("apps", "ReplicaSet"): _workload("spec", "template"),
    ("apps", "StatefulSet"): _workload("spec", "template"),
    ("apps", "DaemonSet"): _workload("spec", "template"),
    ("batch", "Job"): _workload("spec", "template"),
    ("batch", "CronJob"): _workload("spec", "jobTemplate", "spec", "template"),
    ("discovery.k8s.io", "EndpointSlice"): _endpoint_slice,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("storage.k8s.io", "CSIDriver"): _csi_driver,
}


def warnings(gvk: GroupVersionKind, obj: Object, old: Object | None) -> Iterator[str]:
    """What to tell whoever writes a valid object; ``old`` is None on a create."""
    warn = _WARNINGS.get((gvk.group, gvk.kind))
    return iter(()) if warn is None else warn(obj, old)
