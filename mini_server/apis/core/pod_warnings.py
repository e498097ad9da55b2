"""Warnings about pods and pod templates.

Source: kubernetes ``pkg/api/pod/warnings.go``, ``pkg/api/node/util.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.validation.field import Path
from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]

_NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
# Sources of volumes that are going or gone; volumes of pods and persistent volumes have them alike.
VOLUME_SOURCES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_MAX = 2**63 - 1
_IN_BYTES = ("memory", "ephemeral-storage")


def warnings(meta: Object, spec: Object, path: Path | None = None) -> Iterator[str]:
    """Of a pod, or of the template at a path."""

    def where(*names: str) -> Path:
        return Path.new(*names) if path is None else path.child(*names)

    for label in spec.get("nodeSelector") or {}:
        if label in _NODE_LABELS:
            yield f"{where('spec', 'nodeSelector').key(label)}: {_NODE_LABELS[label]}"
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or []):
        key = constraint.get("topologyKey", "")
        if key in _NODE_LABELS:
            place = where("spec", "topologySpreadConstraints").index(index).child("topologyKey")
            yield f"{place}: {quote(key)} is {_NODE_LABELS[key]}"
    for annotation in meta.get("annotations") or {}:
        if annotation in _ANNOTATIONS:
            yield f"{where('metadata', 'annotations').key(annotation)}: {_ANNOTATIONS[annotation]}"
    for index, volume in enumerate(spec.get("volumes") or []):
        for source in VOLUME_SOURCES.keys() & volume.keys():
            yield f"{where('spec', 'volumes').index(index).child(source)}: {VOLUME_SOURCES[source]}"
    yield from fractions(spec.get("overhead") or {}, where("spec", "overhead"))
    yield from _containers(spec, where("spec"))
    grace = spec.get("terminationGracePeriodSeconds")
    if isinstance(grace, int) and grace < 0:
        text = "must be >= 0; negative values are invalid and will be treated as 1"
        yield f"{where('spec', 'terminationGracePeriodSeconds')}: {text}"


def fractions(quantities: Object, path: Path, names: tuple[str, ...] = _IN_BYTES) -> Iterator[str]:
    """Amounts of bytes that are no whole numbers."""
    for name in names:
        if name not in quantities:
            continue
        value = Quantity.parse(quantities[name])
        # Too large for upstream's arithmetic counts as fractional.
        if min(value.milli_value(), _MAX) % 1000:
            shown = quote(str(value))
            yield f"{path.key(name)}: fractional byte value {shown} is invalid, must be an integer"


def _containers(spec: Object, path: Path) -> Iterator[str]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        ports: dict[tuple[Any, ...], list[_Placed]] = {}
        for index, container in enumerate(spec.get(kind) or []):
            here = path.child(kind).index(index)
            for amounts in ("limits", "requests"):
                found = (container.get("resources") or {}).get(amounts) or {}
                yield from fractions(found, here.child("resources", amounts))
            yield from _environment(container.get("env") or [], here.child("env"))
            yield from _ports(container.get("ports") or [], here.child("ports"), ports)


def _environment(variables: list[Object], path: Path) -> Iterator[str]:
    """A later variable hides an earlier one of its name, unless it is built from it."""
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        name = variable.get("name", "")
        if name in seen and ("valueFrom" in variable or f"$({name})" not in variable.get("value", "")):
            text = f"hides previous definition of {quote(name)}, which may be dropped when using apply"
            yield f"{path.index(index)}: {text}"
        seen.add(name)


def _ports(ports: list[Object], path: Path, seen: dict[tuple[Any, ...], list[_Placed]]) -> Iterator[str]:
    """Ports that say the same as others, or nearly so."""
    for index, port in enumerate(ports):
        here = path.index(index)
        host_ip, host_port = port.get("hostIP", ""), port.get("hostPort", 0)
        if host_ip and not host_port:
            yield f"{here}: hostIP set without hostPort"
        others = seen.setdefault((port.get("protocol"), port.get("containerPort")), [])
        for other in others:
            if (host_ip, host_port) == (other.host_ip, other.host_port):
                yield f"{here}: duplicate port definition with {other.path}"
            elif not host_port or not other.host_port:
                yield f"{here}: overlapping port definition with {other.path}"
            elif host_port == other.host_port and bool(host_ip) != bool(other.host_ip):
                yield f"{here}: dangerously ambiguous port definition with {other.path}"
        others.append(_Placed(here, host_ip, host_port))


class _Placed(NamedTuple):
    """A port's place in the pod and on the host."""

    path: Path
    host_ip: str
    host_port: int
