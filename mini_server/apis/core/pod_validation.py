"""Validation of pods and pod templates.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidatePodSpec, ValidatePodUpdate.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import rules
from mini_server.apis.core import scheduling_validation as scheduling
from mini_server.apis.core import security_validation as security
from mini_server.apis.core.container_validation import Surroundings, containers, image_padding
from mini_server.apis.core.resource_validation import requirements
from mini_server.apis.core.volume_validation import volumes
from mini_server.apis.internal import difference
from mini_server.apis.metadata import annotation_faults
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_RESTART = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_PREEMPTION = ("PreemptLowerPriority", "Never")
_NEVER_CHANGES = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n{}"
)
_SPEC = Path.new("spec")
_MAX_INT = 2**31 - 1


def pod(obj: Object) -> ErrorList:
    """A Pod, new or changed."""
    spec = obj.get("spec") or {}
    faults = _annotations(
        (obj.get("metadata") or {}).get("annotations") or {}, spec, Path.new("metadata", "annotations")
    )
    faults += pod_spec(spec, _SPEC, is_pod=True)
    for kind in ("containers", "initContainers"):
        for index, entry in enumerate(spec.get(kind) or []):
            faults += image_padding(entry, _SPEC.child(kind).index(index))
    return faults


def new_pod(obj: Object) -> ErrorList:
    """A Pod that is to be created."""
    spec, faults = obj.get("spec") or {}, pod(obj)
    if spec.get("ephemeralContainers"):
        faults.append(field.forbidden(_SPEC.child("ephemeralContainers"), "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        text = "cannot be set until all schedulingGates have been cleared"
        faults.append(field.forbidden(_SPEC.child("nodeName"), text))
    return faults


def _annotations(annotations: dict[str, str], spec: Object, path: Path) -> ErrorList:
    mirror = annotations.get("kubernetes.io/config.mirror")
    faults: ErrorList = []
    if mirror is not None and not spec.get("nodeName"):
        text = "must set spec.nodeName if mirror pod annotation is set"
        faults.append(field.invalid(path.key("kubernetes.io/config.mirror"), mirror, text))
    cost = annotations.get("controller.kubernetes.io/pod-deletion-cost")
    if cost is not None and not _is_int32(cost):
        where = path.key("controller.kubernetes.io/pod-deletion-cost")
        faults.append(field.invalid(where, cost, "must be a 32bit integer"))
    return faults


def _is_int32(text: str) -> bool:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or (len(digits) > 1 and digits[0] == "0"):
        return False
    return -(2**31) <= int(text) <= _MAX_INT


def template(obj: Object, path: Path) -> ErrorList:
    """A pod template."""
    meta, spec = obj.get("metadata") or {}, obj.get("spec") or {}
    annotations = meta.get("annotations") or {}
    faults = rules.labels(meta.get("labels") or {}, path.child("labels"))
    faults += annotation_faults(annotations, path.child("annotations"))
    faults += _annotations(annotations, spec, path.child("annotations"))
    faults += pod_spec(spec, path.child("spec"))
    if spec.get("ephemeralContainers"):
        text = "ephemeral containers not allowed in pod template"
        faults.append(field.forbidden(path.child("spec", "ephemeralContainers"), text))
    return faults


def pod_spec(spec: Object, path: Path, *, is_pod: bool = False) -> ErrorList:
    """A pod's spec."""
    good, faults = volumes(spec.get("volumes") or [], path.child("volumes"))
    claims = spec.get("resourceClaims") or []
    known = frozenset(claim["name"] for claim in claims if claim.get("name"))
    faults += _resource_claims(claims, path.child("resourceClaims"))
    policy = spec.get("restartPolicy", "")
    around = Surroundings(
        good, known, spec.get("terminationGracePeriodSeconds"), policy, spec.get("hostUsers") is not False
    )
    faults += containers(spec, path, around)
    if spec.get("resources"):
        faults += requirements(spec["resources"], path.child("resources"))
    if spec.get("hostNetwork"):
        faults += _host_network(spec, path.child("containers"), is_pod)
    faults += rules.one_of(path.child("restartPolicy"), policy, _RESTART)
    faults += rules.one_of(path.child("dnsPolicy"), spec.get("dnsPolicy", "ClusterFirst"), _DNS)
    faults += rules.labels(spec.get("nodeSelector") or {}, path.child("nodeSelector"))
    if spec.get("securityContext"):
        faults += security.pod(spec["securityContext"], spec, path.child("securityContext"))
    if spec.get("affinity"):
        faults += scheduling.affinity(spec["affinity"], path.child("affinity"))
    faults += _dns(spec, path.child("dnsConfig"))
    return faults + _gates(spec, path) + _placement(spec, path)


def _gates(spec: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    for index, gate in enumerate(spec.get("readinessGates") or []):
        kind, where = gate.get("conditionType", ""), path.child("readinessGates").index(index).child("conditionType")
        faults += rules.told(where, kind, names.is_qualified_name(kind))
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates") or []):
        name, where = gate.get("name", ""), path.child("schedulingGates").index(index)
        faults += rules.told(where, name, names.is_qualified_name(name))
        if name in seen:
            faults.append(field.duplicate(where, name))
        seen.add(name)
    if spec.get("topologySpreadConstraints"):
        faults += scheduling.spread(spec["topologySpreadConstraints"], path.child("topologySpreadConstraints"))
    if spec.get("hostUsers") is False:
        text = "when `pod.Spec.HostUsers` is false"
        for name, shown in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
            if spec.get(name):
                faults.append(field.forbidden(path.child(shown), text))
    return faults


def _placement(spec: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    for name in ("serviceAccountName", "nodeName"):
        faults += rules.if_named(path.child(name), spec.get(name))
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= _MAX_INT:
        text = names.between_error(1, _MAX_INT)
        faults.append(field.invalid(path.child("activeDeadlineSeconds"), deadline, text))
    for name in ("hostname", "subdomain"):
        faults += rules.if_named(path.child(name), spec.get(name), names.is_dns1123_label)
    if spec.get("tolerations"):
        faults += scheduling.tolerations(spec["tolerations"], path.child("tolerations"))
    for index, alias in enumerate(spec.get("hostAliases") or []):
        here = path.child("hostAliases").index(index)
        faults += rules.ip_address(here.child("ip"), alias.get("ip", ""))
        for number, name in enumerate(alias.get("hostnames") or []):
            faults += rules.told(here.child("hostnames").index(number), name, names.is_dns1123_subdomain(name))
    for name in ("priorityClassName", "runtimeClassName"):
        faults += rules.if_named(path.child(name), spec.get(name))
    faults += rules.if_set(path.child("preemptionPolicy"), spec.get("preemptionPolicy"), _PREEMPTION)
    if spec.get("overhead"):
        faults += requirements({"limits": spec["overhead"]}, path.child("overhead"))
    if spec.get("os"):
        faults += rules.one_of(path.child("os", "name"), spec["os"].get("name", ""), ("linux", "windows"))
    return faults


def _resource_claims(claims: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        here, name = path.index(index), claim.get("name", "")
        if name in seen:
            faults.append(field.duplicate(here.child("name"), name))
        else:
            faults += rules.named(here.child("name"), name, names.is_dns1123_label)
            seen.add(name)
        own, made = claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
        if own is not None and made is not None:
            text = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            faults.append(field.invalid(here, claim, text))
        if own is None and made is None:
            text = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            faults.append(field.invalid(here, claim, text))
        for key, value in (("resourceClaimName", own), ("resourceClaimTemplateName", made)):
            if value is not None:
                faults += rules.told(here.child(key), value, names.is_dns1123_subdomain(value))
    return faults


def _host_network(spec: Object, path: Path, is_pod: bool) -> ErrorList:
    """On the host's network a container's port is the host's. Templates may leave the host's port to be filled in."""
    faults: ErrorList = []
    for index, entry in enumerate(spec.get("containers") or []):
        for number, port in enumerate(entry.get("ports") or []):
            host, own = port.get("hostPort", 0), port.get("containerPort", 0)
            if (is_pod or host) and host != own:
                where = path.index(index).child("ports").index(number).child("hostPort")
                faults.append(field.invalid(where, host, "must match `containerPort` when `hostNetwork` is true"))
    return faults


def _dns(spec: Object, path: Path) -> ErrorList:
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            return [field.required(path, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not config.get("nameservers"):
            text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [field.required(path.child("nameservers"), text)]
    if config is None:
        return []
    faults: ErrorList = []
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    if len(servers) > 3:
        faults.append(field.invalid(path.child("nameservers"), servers, "must not have more than 3 nameservers"))
    for index, server in enumerate(servers):
        faults += rules.ip_address(path.child("nameservers").index(index), server)
    if len(searches) > 32:
        faults.append(field.invalid(path.child("searches"), searches, "must not have more than 32 search paths"))
    if len(" ".join(searches)) > 2048:
        text = "must not have more than 2048 characters (including spaces) in the search list"
        faults.append(field.invalid(path.child("searches"), searches, text))
    for index, search in enumerate(searches):
        if search != ".":
            name = search.removesuffix(".")
            faults += rules.told(
                path.child("searches").index(index), name, names.is_dns1123_subdomain(name.replace("_", "-"))
            )
    for index, option in enumerate(config.get("options") or []):
        if not option.get("name"):
            faults.append(field.required(path.child("options").index(index), "must not be empty"))
    return faults


# Updates


def pod_update(obj: Object, old: Object) -> ErrorList:
    """Most of a pod's spec never changes."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    faults: ErrorList = []
    for kind in ("containers", "initContainers"):
        entries, path = spec.get(kind) or [], _SPEC.child(kind)
        if len(entries) != len(before.get(kind) or []):
            return [*faults, field.forbidden(path, "pod updates may not add or remove containers")]
        for index, entry in enumerate(entries):
            if not entry.get("image"):
                faults.append(field.required(path.index(index).child("image")))
            faults += image_padding(entry, path.index(index))
    deadline, stop = _deadline(spec, before)
    faults += deadline
    if stop:
        return faults
    faults += scheduling.only_added_tolerations(
        spec.get("tolerations") or [], before.get("tolerations") or [], _SPEC.child("tolerations")
    )
    faults += _only_removed_gates(spec, before)
    if before.get("schedulingGates"):
        faults += _only_added_labels(spec.get("nodeSelector") or {}, before.get("nodeSelector") or {})
    munged = _munged(spec, before)
    if munged != before:
        faults.append(field.forbidden(_SPEC, _NEVER_CHANGES.format(difference("PodSpec", before, munged))))
    return faults


def _deadline(spec: Object, before: Object) -> tuple[ErrorList, bool]:
    """The time that a pod has to run may only become shorter; True where upstream looks no further."""
    now, then = spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")
    path = _SPEC.child("activeDeadlineSeconds")
    if now is None:
        text = "must not update from a positive integer to nil value"
        return ([] if then is None else [field.invalid(path, None, text)]), False
    if not 0 <= now <= _MAX_INT:
        return [field.invalid(path, now, names.between_error(0, _MAX_INT))], True
    if then is not None and then < now:
        return [field.invalid(path, now, "must be less than or equal to previous value")], True
    return [], False


def _only_removed_gates(spec: Object, before: Object) -> ErrorList:
    known = {gate.get("name") for gate in before.get("schedulingGates") or []}
    return [
        field.forbidden(
            _SPEC.child("schedulingGates").index(index).child("name"),
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'",
        )
        for index, gate in enumerate(spec.get("schedulingGates") or [])
        if gate.get("name") not in known
    ]


def _only_added_labels(now: dict[str, str], then: dict[str, str]) -> ErrorList:
    """The node selector of a pod that is not to be scheduled yet."""
    if all(now.get(key) == value for key, value in then.items()):
        return []
    text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
    return [field.invalid(_SPEC.child("nodeSelector"), now, text)]


def _munged(spec: Object, before: Object) -> Object:
    """The new spec with the old values where changes are allowed."""
    munged = dict(spec)
    for kind in ("containers", "initContainers"):
        if kind in munged:
            munged[kind] = [
                {**entry, "image": then.get("image", "")}
                for entry, then in zip(munged[kind] or [], before.get(kind) or [], strict=True)
            ]
    kept = ["activeDeadlineSeconds", "schedulingGates", "tolerations"]
    if (before.get("terminationGracePeriodSeconds") or 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        kept.append("terminationGracePeriodSeconds")
    if before.get("schedulingGates"):
        kept.append("nodeSelector")
    for name in kept:
        if name in before:
            munged[name] = before[name]
        else:
            munged.pop(name, None)
    return munged
