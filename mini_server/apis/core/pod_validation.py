"""Validation of pods and pod templates.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidatePodSpec, ValidatePodUpdate.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis.metadata import validate_labels
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path
from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]

_RESTART = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_PULL = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
# Fields of a pod's spec that an update may change.
_MUTABLE = ("activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "schedulingGates")
_FORBIDDEN = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod(obj: Object) -> ErrorList:
    """A Pod."""
    return pod_spec(obj.get("spec") or {}, Path.new("spec"))


def template(obj: Object, path: Path, claims: frozenset[str] = frozenset()) -> ErrorList:
    """A pod template; ``claims`` name volumes that its pods get from elsewhere."""
    labels = (obj.get("metadata") or {}).get("labels") or {}
    return validate_labels(labels, path.child("labels")) + pod_spec(obj.get("spec") or {}, path.child("spec"), claims)


def pod_spec(spec: Object, path: Path, claims: frozenset[str] = frozenset()) -> ErrorList:
    """A pod's spec."""
    faults: ErrorList = []
    volumes = _volumes(spec.get("volumes") or [], path.child("volumes"), faults) | claims
    seen: set[str] = set()
    containers = spec.get("containers") or []
    if not containers:
        faults.append(field.required(path.child("containers")))
    for kind in ("containers", "initContainers"):
        for index, entry in enumerate(spec.get(kind) or []):
            faults += _container(entry, path.child(kind).index(index), volumes, seen)
    policy = spec.get("restartPolicy")
    if not policy:
        faults.append(field.required(path.child("restartPolicy")))
    elif policy not in _RESTART:
        faults.append(field.not_supported(path.child("restartPolicy"), policy, _RESTART))
    if spec.get("dnsPolicy") not in (None, *_DNS):
        faults.append(field.not_supported(path.child("dnsPolicy"), spec["dnsPolicy"], _DNS))
    faults += validate_labels(spec.get("nodeSelector") or {}, path.child("nodeSelector"))
    for name, rule in (("serviceAccountName", names.is_dns1123_subdomain), ("nodeName", names.is_dns1123_subdomain)):
        if spec.get(name):
            faults += [field.invalid(path.child(name), spec[name], text) for text in rule(spec[name])]
    if spec.get("activeDeadlineSeconds") is not None and not 1 <= spec["activeDeadlineSeconds"] < 2**31:
        text = names.between_error(1, 2**31 - 1)
        faults.append(field.invalid(path.child("activeDeadlineSeconds"), spec["activeDeadlineSeconds"], text))
    return faults


def _volumes(volumes: list[Object], path: Path, faults: ErrorList) -> set[str]:
    """Names of the volumes without a fault: only those can be mounted."""
    seen: set[str] = set()
    good: set[str] = set()
    for index, volume in enumerate(volumes):
        known = len(faults)
        here, name = path.index(index), volume.get("name", "")
        if not name:
            faults.append(field.required(here.child("name")))
        else:
            faults += [field.invalid(here.child("name"), name, text) for text in names.is_dns1123_label(name)]
        if name in seen:
            faults.append(field.duplicate(here.child("name"), name))
        seen.add(name)
        sources = [source for source in volume if source != "name"]
        if not sources:
            faults.append(field.required(here, "must specify a volume type"))
        faults += [
            field.forbidden(here.child(source), "may not specify more than 1 volume type") for source in sources[1:]
        ]
        if len(faults) == known:
            good.add(name)
    return good


def _container(entry: Object, path: Path, volumes: set[str], seen: set[str]) -> ErrorList:
    faults: ErrorList = []
    name = entry.get("name", "")
    if not name:
        faults.append(field.required(path.child("name")))
    else:
        faults += [field.invalid(path.child("name"), name, text) for text in names.is_dns1123_label(name)]
        if name in seen:
            faults.append(field.duplicate(path.child("name"), name))
        seen.add(name)
    image = entry.get("image", "")
    if not image:
        faults.append(field.required(path.child("image")))
    elif image != image.strip():
        faults.append(field.invalid(path.child("image"), image, "must not have leading or trailing whitespace"))
    policy = entry.get("imagePullPolicy")
    if policy not in (None, *_PULL):
        faults.append(field.not_supported(path.child("imagePullPolicy"), policy, _PULL))
    faults += _ports(entry.get("ports") or [], path.child("ports"))
    faults += _environment(entry.get("env") or [], path.child("env"))
    faults += _mounts(entry.get("volumeMounts") or [], volumes, path.child("volumeMounts"))
    faults += _resources(entry.get("resources") or {}, path.child("resources"))
    return faults


def _ports(ports: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here, name = path.index(index), port.get("name", "")
        if name:
            faults += [field.invalid(here.child("name"), name, text) for text in names.is_valid_port_name(name)]
            if name in seen:
                faults.append(field.duplicate(here.child("name"), name))
            seen.add(name)
        number = port.get("containerPort", 0)
        if not number:
            faults.append(field.required(here.child("containerPort")))
        else:
            faults += [
                field.invalid(here.child("containerPort"), number, t) for t in names.is_valid_port_number(number)
            ]
        if port.get("hostPort"):
            host = port["hostPort"]
            faults += [field.invalid(here.child("hostPort"), host, t) for t in names.is_valid_port_number(host)]
        protocol = port.get("protocol", "TCP")
        if protocol not in _PROTOCOLS:
            faults.append(field.not_supported(here.child("protocol"), protocol, _PROTOCOLS))
    return faults


def _environment(variables: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    for index, variable in enumerate(variables):
        here = path.index(index)
        if not variable.get("name"):
            faults.append(field.required(here.child("name")))
        source = variable.get("valueFrom")
        if source is not None:
            if variable.get("value"):
                faults.append(
                    field.invalid(here.child("valueFrom"), "", "may not be specified when `value` is not empty")
                )
            if not source:
                text = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
                faults.append(field.invalid(here.child("valueFrom"), "", text))
    return faults


def _mounts(mounts: list[Object], volumes: set[str], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, mount in enumerate(mounts):
        here, name = path.index(index), mount.get("name", "")
        if not name:
            faults.append(field.required(here.child("name")))
        elif name not in volumes:
            faults.append(field.not_found(here.child("name"), name))
        where = mount.get("mountPath", "")
        if not where:
            faults.append(field.required(here.child("mountPath")))
        elif where in seen:
            faults.append(field.invalid(here.child("mountPath"), where, "must be unique"))
        seen.add(where)
    return faults


def _resources(resources: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    limits = {name: Quantity.parse(value) for name, value in (resources.get("limits") or {}).items()}
    for kind in ("limits", "requests"):
        for name, text in (resources.get(kind) or {}).items():
            quantity, here = Quantity.parse(text), path.child(kind).key(name)
            if quantity.sign < 0:
                faults.append(field.invalid(here, str(quantity), "must be greater than or equal to 0"))
            if kind == "requests" and name in limits and quantity > limits[name]:
                shown = f"must be less than or equal to {name} limit of {limits[name]}"
                faults.append(field.invalid(path.child("requests"), str(quantity), shown))
    return faults


def pod_update(obj: Object, old: Object) -> ErrorList:
    """Most of a pod's spec never changes."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    path = Path.new("spec")
    if len(spec.get("containers") or []) != len(before.get("containers") or []):
        return [field.forbidden(path.child("containers"), "pod updates may not add or remove containers")]
    if _frozen(spec) != _frozen(before):
        return [field.forbidden(path, _FORBIDDEN)]
    return []


def _frozen(spec: Object) -> Object:
    """What must be as it was."""
    frozen = {name: value for name, value in spec.items() if name not in _MUTABLE}
    for kind in ("containers", "initContainers"):
        if kind in frozen:
            frozen[kind] = [{k: v for k, v in entry.items() if k != "image"} for entry in frozen[kind]]
    return frozen
