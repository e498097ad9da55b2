"""Validation of containers: regular, init and ephemeral ones.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` validateContainers and what it calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mini_server.apis import rules
from mini_server.apis.core import environment_validation as environment
from mini_server.apis.core import resource_validation as resources
from mini_server.apis.core import security_validation as security
from mini_server.apis.core.probe_validation import lifecycle, probes
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_PULL = ("Always", "IfNotPresent", "Never")
_MESSAGES = ("File", "FallbackToLogsOnError")
_RESIZED = ("cpu", "memory")
_RESIZE = ("NotRequired", "RestartContainer")
_ONLY_SIDECARS = "may not be set for init containers without restartPolicy=Always"
_RULE_ACTIONS = ("Restart", "RestartAllContainers")
_NOT_EPHEMERAL = "cannot be set for an Ephemeral Container"
# In the order of the fields of the internal type.
_FORBIDDEN_EPHEMERAL = (
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
)


@dataclass(slots=True)
class Surroundings:
    """What a container's fields refer to: its pod's volumes (by name), claims, and the like."""

    volumes: dict[str, Object]
    claims: frozenset[str]
    grace: int | None
    restart_policy: str
    host_users: bool = True


def containers(spec: Object, path: Path, around: Surroundings) -> ErrorList:
    """All containers of a pod."""
    regular = spec.get("containers") or []
    faults = _regular(regular, path.child("containers"), around)
    init = spec.get("initContainers") or []
    if init:
        taken = {entry.get("name", "") for entry in regular}
        faults += _init(init, path.child("initContainers"), around, taken)
    if spec.get("ephemeralContainers"):
        faults += _ephemeral(spec, path.child("ephemeralContainers"), around)
    return faults


def _regular(entries: list[Object], path: Path, around: Surroundings) -> ErrorList:
    if not entries:
        return [field.required(path)]
    faults: ErrorList = []
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        here, name = path.index(index), entry.get("name", "")
        faults += _common(entry, here, around)
        if name in seen:
            faults.append(field.duplicate(here.child("name"), name))
        seen.add(name)
        faults += lifecycle(entry.get("lifecycle"), around.grace, here.child("lifecycle"))
        faults += probes(entry, here)
        faults += _restart_rules(entry, here)
    return faults + _host_ports(entries, path)


def _restart_rules(entry: Object, path: Path) -> ErrorList:
    """A restart policy of a container's own, with rules by exit codes."""
    policy, listed = entry.get("restartPolicy"), entry.get("restartPolicyRules") or []
    faults = rules.if_set(path.child("restartPolicy"), policy, ("Always", "Never", "OnFailure"))
    if listed and policy is None:
        faults.append(
            field.required(path.child("restartPolicy"), "must specify restartPolicy when restart rules are used")
        )
    for index, rule in enumerate(listed):
        here = path.child("restartPolicyRules").index(index)
        faults += rules.one_of(here.child("action"), rule.get("action"), _RULE_ACTIONS)
        if rule.get("exitCodes") is None:
            faults.append(field.required(here.child("exitCodes"), "must be specified"))
        else:
            operator = rule["exitCodes"].get("operator")
            faults += rules.one_of(here.child("exitCodes", "operator"), operator, ("In", "NotIn"))
    return faults


def _init(entries: list[Object], path: Path, around: Surroundings, taken: set[str]) -> ErrorList:
    faults: ErrorList = []
    for index, entry in enumerate(entries):
        here, name = path.index(index), entry.get("name", "")
        faults += _common(entry, here, around)
        policy = entry.get("restartPolicy")
        faults += rules.if_set(here.child("restartPolicy"), policy, ("Always", "Never", "OnFailure"))
        if name in taken:
            faults.append(field.duplicate(here.child("name"), name))
        elif name:
            taken.add(name)
        faults += _host_ports([entry], path)
        if policy == "Always":
            faults += lifecycle(entry.get("lifecycle"), around.grace, here.child("lifecycle"))
            faults += probes(entry, here)
        else:
            faults += [
                field.forbidden(here.child(name), _ONLY_SIDECARS)
                for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
                if entry.get(name) is not None
            ]
    return faults


def _ephemeral(spec: Object, path: Path, around: Surroundings) -> ErrorList:
    others = {entry.get("name", "") for kind in ("containers", "initContainers") for entry in spec.get(kind) or []}
    taken = set(others)
    faults: ErrorList = []
    for index, entry in enumerate(spec["ephemeralContainers"]):
        here, name = path.index(index), entry.get("name", "")
        faults += _common(entry, here, around) + image_padding(entry, here)
        if name in taken:
            faults.append(field.duplicate(here.child("name"), name))
        taken.add(name)
        target = entry.get("targetContainerName")
        if target and target not in others:
            faults.append(field.not_found(here.child("targetContainerName"), target))
        faults += [
            field.forbidden(here.child(name), _NOT_EPHEMERAL) for name in _FORBIDDEN_EPHEMERAL if entry.get(name)
        ]
        for number, mount in enumerate(entry.get("volumeMounts") or []):
            where = here.child("volumeMounts").index(number)
            faults += [
                field.forbidden(where.child(name), _NOT_EPHEMERAL)
                for name in ("subPath", "subPathExpr")
                if mount.get(name)
            ]
    return faults


def image_padding(entry: Object, path: Path) -> ErrorList:
    """Images of pods, unlike those of templates, have no spaces around them."""
    image = entry.get("image", "")
    if image != image.strip():
        return [field.invalid(path.child("image"), image, "must not have leading or trailing whitespace")]
    return []


def _common(entry: Object, path: Path, around: Surroundings) -> ErrorList:
    faults = rules.named(path.child("name"), entry.get("name", ""), names.is_dns1123_label)
    if not entry.get("image"):
        faults.append(field.required(path.child("image")))
    faults += rules.one_of(
        path.child("terminationMessagePolicy"), entry.get("terminationMessagePolicy", "File"), _MESSAGES
    )
    if entry.get("ports"):
        faults += _ports(entry["ports"], path.child("ports"))
    if entry.get("env"):
        faults += environment.variables(entry["env"], path.child("env"))
    if entry.get("envFrom"):
        faults += environment.sources(entry["envFrom"], path.child("envFrom"))
    if entry.get("volumeMounts"):
        faults += _mounts(entry, around.volumes, path.child("volumeMounts"))
    if entry.get("volumeDevices"):
        faults += _devices(entry, around.volumes, path.child("volumeDevices"))
    faults += rules.one_of(path.child("imagePullPolicy"), entry.get("imagePullPolicy", "Always"), _PULL)
    faults += resources.requirements(entry.get("resources") or {}, path.child("resources"), around.claims)
    if entry.get("resizePolicy"):
        faults += _resize_policy(entry["resizePolicy"], path.child("resizePolicy"), around.restart_policy)
    if entry.get("securityContext"):
        faults += security.container(entry["securityContext"], path.child("securityContext"), around.host_users)
    return faults


def _ports(ports: list[Object], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here, name = path.index(index), port.get("name", "")
        if name:
            wrong = rules.told(here.child("name"), name, names.is_valid_port_name(name))
            faults += wrong or ([field.duplicate(here.child("name"), name)] if name in seen else [])
            seen.add(name)
        number = port.get("containerPort", 0)
        if not number:
            faults.append(field.required(here.child("containerPort")))
        else:
            faults += rules.port(here.child("containerPort"), number)
        if port.get("hostPort"):
            faults += rules.port(here.child("hostPort"), port["hostPort"])
        faults += rules.one_of(here.child("protocol"), port.get("protocol", "TCP"), rules.PROTOCOLS)
    return faults


def _host_ports(entries: list[Object], path: Path) -> ErrorList:
    """Ports of the host are taken once."""
    faults: ErrorList = []
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        for number, port in enumerate(entry.get("ports") or []):
            if not port.get("hostPort"):
                continue
            key = f"{port.get('protocol', 'TCP')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if key in seen:
                faults.append(field.duplicate(path.index(index).child("ports").index(number).child("hostPort"), key))
            seen.add(key)
    return faults


def _mounts(entry: Object, volumes: dict[str, Object], path: Path) -> ErrorList:
    devices = {device.get("name"): device.get("devicePath") for device in entry.get("volumeDevices") or []}
    faults: ErrorList = []
    seen: set[str] = set()
    for index, mount in enumerate(entry["volumeMounts"]):
        here, name, where = path.index(index), mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            faults.append(field.required(here.child("name")))
        if name not in volumes:
            faults.append(field.not_found(here.child("name"), name))
        if not where:
            faults.append(field.required(here.child("mountPath")))
        if where in seen:
            faults.append(field.invalid(here.child("mountPath"), where, "must be unique"))
        seen.add(where)
        if name in devices:
            faults.append(field.invalid(here.child("name"), name, "must not already exist in volumeDevices"))
        if where in devices.values():
            text = "must not already exist as a path in volumeDevices"
            faults.append(field.invalid(here.child("mountPath"), where, text))
        faults += _sub_paths(mount, here, path)
        faults += _propagation(mount, entry, path)
    return faults


def _sub_paths(mount: Object, here: Path, path: Path) -> ErrorList:
    """Upstream names the list, not the mount, where a path leaves its volume."""
    below, expression = mount.get("subPath"), mount.get("subPathExpr")
    faults = rules.descending_path(path.child("subPath"), below) if below else []
    if expression:
        if below:
            text = "subPathExpr and subPath are mutually exclusive"
            faults.append(field.invalid(here.child("subPathExpr"), expression, text))
        faults += rules.descending_path(path.child("subPathExpr"), expression)
    return faults


_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_READ_ONLY = ("Disabled", "Enabled", "IfPossible")


def _propagation(mount: Object, entry: Object, path: Path) -> ErrorList:
    mode, faults = mount.get("mountPropagation"), ErrorList()
    if mode is not None:
        faults += rules.if_set(path.child("mountPropagation"), mode, _PROPAGATIONS)
        privileged = (entry.get("securityContext") or {}).get("privileged")
        if mode == "Bidirectional" and not privileged:
            text = "Bidirectional mount propagation is available only to privileged containers"
            faults.append(field.forbidden(path.child("mountPropagation"), text))
    recursive, here = mount.get("recursiveReadOnly"), path.child("recursiveReadOnly")
    faults += rules.if_set(here, recursive, _READ_ONLY)
    if recursive in ("Enabled", "IfPossible"):
        if not mount.get("readOnly"):
            faults.append(field.forbidden(here, "may only be specified when readOnly is true"))
        if mode not in (None, "None"):
            text = "may only be specified when mountPropagation is None or not specified"
            faults.append(field.forbidden(here, text))
    return faults


def _devices(entry: Object, volumes: dict[str, Object], path: Path) -> ErrorList:
    mounts = {mount.get("name"): mount.get("mountPath") for mount in entry.get("volumeMounts") or []}
    faults: ErrorList = []
    seen: set[str] = set()
    for index, device in enumerate(entry["volumeDevices"]):
        here, name, where = path.index(index), device.get("name", ""), device.get("devicePath", "")
        if not name:
            faults.append(field.required(here.child("name")))
        if name not in volumes:
            faults.append(field.not_found(here.child("name"), name))
        elif "persistentVolumeClaim" not in volumes[name] and "ephemeral" not in volumes[name]:
            text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            faults.append(field.invalid(here.child("name"), name, text))
        if not where:
            faults.append(field.required(here.child("devicePath")))
        if where in seen:
            faults.append(field.invalid(here.child("devicePath"), where, "must be unique"))
        if where and rules.no_backsteps(path, where):
            faults.append(field.invalid(here.child("devicePath"), where, "can not contain backsteps ('..')"))
        else:
            seen.add(where)
        if name in mounts:
            faults.append(field.invalid(here.child("name"), name, "must not already exist in volumeMounts"))
        if where in mounts.values():
            text = "must not already exist as a path in volumeMounts"
            faults.append(field.invalid(here.child("devicePath"), where, text))
    return faults


def _resize_policy(policies: list[Object], path: Path, restart_policy: str) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, action = policy.get("resourceName", ""), policy.get("restartPolicy", "")
        if name in seen:
            faults.append(field.duplicate(path.index(index), name))
        seen.add(name)
        faults += rules.one_of(path, name, _RESIZED) + rules.one_of(path, action, _RESIZE)
        if restart_policy == "Never" and action != "NotRequired":
            text = "must be 'NotRequired' when `restartPolicy` is 'Never'"
            faults.append(field.invalid(path, action, text))
    return faults
