"""Volumes, claims and storage classes.

Source: kubectl ``pkg/describe/describe.go``, ``pkg/util/storage/storage.go``.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.quantity import canonical
from pykubectl.printers.describe.common import (
    NONE,
    Reader,
    bool_text,
    date,
    dig,
    format_labels,
    header,
    metadata,
    multiline,
    rows,
    since,
    text_of,
)
from pykubectl.printers.describe.volumes import PERSISTENT_SOURCES, source
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

PODS = GroupVersionResource("", "v1", "pods")
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def claim_class(obj: Object) -> str:
    """The storage class of a claim or volume; the old annotation comes first."""
    annotations: dict[str, str] = dig(obj, "metadata.annotations", {})
    name: str = dig(obj, "spec.storageClassName", "")
    return annotations.get(_BETA_CLASS, name)


def access_modes(modes: list[str] | None) -> str:
    """``RWO,ROX``, in a fixed order."""
    return ",".join(short for mode, short in _MODES.items() if mode in (modes or ()))


def _phase(w: Writer, obj: Object, reader: Reader) -> None:
    deleted = dig(obj, "metadata.deletionTimestamp")
    w.field(0, "Status", f"Terminating (lasts {since(deleted, reader)})" if deleted else dig(obj, "status.phase", ""))


def persistent_volume(w: Writer, obj: Object, reader: Reader) -> None:
    """A PersistentVolume."""
    spec = obj["spec"]
    header(w, obj, namespace=False)
    metadata(w, obj)
    w.field(0, "Finalizers", text_of(dig(obj, "metadata.finalizers", [])))
    w.field(0, "StorageClass", claim_class(obj))
    _phase(w, obj, reader)
    owner = spec.get("claimRef")
    w.field(0, "Claim", f"{owner.get('namespace', '')}/{owner.get('name', '')}" if owner else "")
    w.field(0, "Reclaim Policy", spec.get("persistentVolumeReclaimPolicy", ""))
    w.field(0, "Access Modes", access_modes(spec.get("accessModes")))
    if spec.get("volumeMode") is not None:
        w.field(0, "VolumeMode", spec["volumeMode"])
    w.field(0, "Capacity", canonical(dig(spec, "capacity.storage", "0")))
    _node_affinity(w, dig(spec, "nodeAffinity.required"))
    w.field(0, "Message", dig(obj, "status.message", ""))
    w.line(0, "Source:")
    source(w, spec, PERSISTENT_SOURCES)


def _node_affinity(w: Writer, required: Object | None) -> None:
    if required is None:
        w.field(0, "Node Affinity", NONE)
        return
    w.line(0, "Node Affinity:\t")
    terms = required.get("nodeSelectorTerms") or []
    w.line(1, "Required Terms:\t" + ("" if terms else NONE))
    for number, term in enumerate(terms):
        _term(
            w,
            2,
            number,
            [(e["key"], e["operator"].lower(), e.get("values")) for e in term.get("matchExpressions") or ()],
        )


def _term(w: Writer, level: int, number: int, expressions: list[tuple[str, str, list[str] | None]]) -> None:
    texts = (
        f"{key} {operator}" + (f" [{', '.join(values)}]" if values else "") for key, operator, values in expressions
    )
    multiline(w, f"Term {number}", texts, level=level)


def claim(w: Writer, obj: Object, reader: Reader | None) -> None:
    """A PersistentVolumeClaim, or without a reader the template of one, which has no name and no state yet."""
    if reader is not None:
        header(w, obj)
    w.field(0, "StorageClass", claim_class(obj))
    if reader is not None:
        _phase(w, obj, reader)
    volume = dig(obj, "spec.volumeName", "")
    w.field(0, "Volume", volume)
    metadata(w, obj)
    if reader is not None:
        w.field(0, "Finalizers", text_of(dig(obj, "metadata.finalizers", [])))
    w.field(0, "Capacity", canonical(dig(obj, "status.capacity.storage", "0")) if volume else "")
    w.field(0, "Access Modes", access_modes(dig(obj, "status.accessModes")) if volume else "")
    if dig(obj, "spec.volumeMode") is not None:
        w.field(0, "VolumeMode", obj["spec"]["volumeMode"])
    data = dig(obj, "spec.dataSource")
    if data is not None:
        w.line(0, "DataSource:")
        if data.get("apiGroup") is not None:
            w.field(1, "APIGroup", data["apiGroup"])
        w.field(1, "Kind", data.get("kind", ""))
        w.field(1, "Name", data.get("name", ""))


def persistent_volume_claim(w: Writer, obj: Object, reader: Reader) -> None:
    """A PersistentVolumeClaim and the pods that use it. Raises StatusError."""
    pods = _users(obj, reader)
    claim(w, obj, reader)
    multiline(w, "Used By", sorted(pod["metadata"]["name"] for pod in pods))
    conditions = dig(obj, "status.conditions", [])
    if conditions:
        w.line(0, "Conditions:")
        lines = (
            (
                f"{c['type']} ",
                f"{c['status']} ",
                f"{date(c.get('lastProbeTime'))} ",
                f"{date(c.get('lastTransitionTime'))} ",
                f"{c.get('reason', '')} ",
                c.get("message", ""),
            )
            for c in conditions
        )
        titles = "Type|Status|LastProbeTime|LastTransitionTime|Reason|Message"
        rows(w, 1, titles, lines, rule="----|------|-----------------|------------------|------|-------")


def _users(obj: Object, reader: Reader) -> list[Object]:
    """Pods that mount the claim, and its owner where that is a pod."""
    name = obj["metadata"]["name"]
    owners = {ref.get("uid") for ref in dig(obj, "metadata.ownerReferences", []) if ref.get("kind") == "Pod"}
    found = []
    for pod in reader.list(PODS, obj["metadata"]["namespace"]):
        claims = {dig(volume, "persistentVolumeClaim.claimName") for volume in dig(pod, "spec.volumes", [])}
        if name in claims or pod["metadata"].get("uid") in owners:
            found.append(pod)
    return found


def storage_class(w: Writer, obj: Object, reader: Reader) -> None:
    """A StorageClass."""
    annotations = dig(obj, "metadata.annotations", {})
    header(w, obj, namespace=False)
    w.field(0, "IsDefaultClass", "Yes" if "true" in (annotations.get(key) for key in _DEFAULT_CLASS) else "No")
    w.field(0, "Annotations", format_labels(annotations))
    w.field(0, "Provisioner", obj.get("provisioner", ""))
    w.field(0, "Parameters", format_labels(obj.get("parameters")))
    w.field(0, "AllowVolumeExpansion", bool_text(obj.get("allowVolumeExpansion")))
    options = obj.get("mountOptions") or []
    w.line(0, "MountOptions:" if options else f"MountOptions:\t{NONE}")
    for option in options:
        w.line(1, option)
    for title, key in (("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")):
        if obj.get(key) is not None:
            w.field(0, title, obj[key])
    topologies = obj.get("allowedTopologies")
    if topologies is not None:
        w.line(0, "AllowedTopologies:\t" + ("" if topologies else NONE))
    for number, term in enumerate(topologies or ()):
        _term(w, 1, number, [(e["key"], "in", e.get("values")) for e in term.get("matchLabelExpressions") or ()])


def volume_attributes_class(w: Writer, obj: Object, reader: Reader) -> None:
    """A VolumeAttributesClass."""
    header(w, obj, namespace=False)
    w.field(0, "Annotations", format_labels(dig(obj, "metadata.annotations")))
    w.field(0, "DriverName", obj.get("driverName", ""))
    w.field(0, "Parameters", format_labels(obj.get("parameters")))


def csi_node(w: Writer, obj: Object, reader: Reader) -> None:
    """A CSINode with its drivers."""
    header(w, obj, namespace=False)
    metadata(w, obj)
    w.field(0, "CreationTimestamp", date(dig(obj, "metadata.creationTimestamp")))
    w.line(0, "Spec:")
    drivers = dig(obj, "spec.drivers")
    if drivers is not None:
        w.line(1, "Drivers:")
    for driver in drivers or ():
        w.line(2, f"{driver['name']}:")
        w.field(3, "Node ID", driver.get("nodeID", ""))
        if dig(driver, "allocatable.count") is not None:
            w.line(3, "Allocatables:")
            w.field(4, "Count", driver["allocatable"]["count"])
        if driver.get("topologyKeys") is not None:
            w.field(3, "Topology Keys", text_of(driver["topologyKeys"]))
