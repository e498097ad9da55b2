"""Validation of security contexts, of containers and of pods.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidateSecurityContext, validatePodSpecSecurityContext.
"""

from __future__ import annotations

import re
from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import internal
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_TITLES = {"seccompProfile": "seccomp", "appArmorProfile": "AppArmor"}
_MAX_PROFILE = 4095
_SYSCTL = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"


def container(context: Object, path: Path, host_users: bool) -> ErrorList:
    """The security context of a container."""
    faults = _ids(context, path, "runAsUser", "runAsGroup")
    mount = context.get("procMount")
    if mount is not None:
        faults += rules.if_set(path.child("procMount"), mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            text = "`hostUsers` must be false to use `Unmasked`"
            faults.append(field.invalid(path.child("procMount"), mount, text))
    faults += _profile(context, "seccompProfile", path)
    if context.get("allowPrivilegeEscalation") is False:
        shown = internal("SecurityContext", context)
        if context.get("privileged"):
            text = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            faults.append(field.invalid(path, shown, text))
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or []):
            text = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            faults.append(field.invalid(path, shown, text))
    return faults + _profile(context, "appArmorProfile", path)


def pod(context: Object, spec: Object, path: Path) -> ErrorList:
    """The security context of a pod."""
    faults = _ids(context, path, "fsGroup", "runAsUser", "runAsGroup")
    for index, group in enumerate(context.get("supplementalGroups") or []):
        faults += rules.told(
            path.child("supplementalGroups").index(index), group, names.is_in_range(group, 0, 2**31 - 1)
        )
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        text = "ShareProcessNamespace and HostPID cannot both be enabled"
        faults.append(field.invalid(path.child("shareProcessNamespace"), True, text))
    faults += _sysctls(context.get("sysctls") or [], spec, path.child("sysctls"))
    change = context.get("fsGroupChangePolicy")
    faults += rules.if_set(path.child("fsGroupChangePolicy"), change, ("Always", "OnRootMismatch"))
    faults += _profile(context, "seccompProfile", path) + _profile(context, "appArmorProfile", path)
    policy = context.get("supplementalGroupsPolicy")
    return faults + rules.if_set(path.child("supplementalGroupsPolicy"), policy, ("Merge", "Strict"))


def _ids(context: Object, path: Path, *fields: str) -> ErrorList:
    faults: ErrorList = []
    for name in fields:
        if context.get(name) is not None:
            faults += rules.told(path.child(name), context[name], names.is_in_range(context[name], 0, 2**31 - 1))
    return faults


def _profile(context: Object, name: str, path: Path) -> ErrorList:
    """A profile that confines: a file on the host is named exactly where it is wanted."""
    profile, here, title = context.get(name), path.child(name), _TITLES[name]
    if profile is None:
        return []
    kind, file, where = profile.get("type", ""), profile.get("localhostProfile"), here.child("localhostProfile")
    if not kind:
        return [field.required(here.child("type"), f"type is required when {name} is set")]
    faults = rules.if_set(here.child("type"), kind, _PROFILES)
    if kind != "Localhost":
        if file is not None and (not faults or name == "seccompProfile"):
            shown = internal("SeccompProfile", profile) if name == "seccompProfile" else file
            faults.append(field.invalid(where, shown, f"can only be set when {title} type is Localhost"))
    elif file is None:
        faults.append(field.required(where, f"must be set when {title} type is Localhost"))
    elif name == "seccompProfile":
        faults += rules.descending_path(where, file)
    elif file != file.strip():
        faults.append(field.invalid(where, file, "must not be padded with whitespace"))
    elif not file:
        faults.append(field.required(where, f"must be set when {title} type is Localhost"))
    elif len(file) > _MAX_PROFILE:
        faults.append(field.too_long(where, "", _MAX_PROFILE))
    return faults


def _sysctls(sysctls: list[Object], spec: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, entry in enumerate(sysctls):
        here, name = path.index(index).child("name"), entry.get("name", "")
        if not name:
            faults.append(field.required(here))
        elif len(name) > 253 or re.fullmatch(_SYSCTL, name) is None:
            text = f"must have at most 253 characters and match regex ^{_SYSCTL}$"
            faults.append(field.invalid(here, name, text))
        elif name in seen:
            faults.append(field.duplicate(here, name))
        for prefix, switch in (("net.", "hostNetwork"), ("fs.mqueue.", "hostIPC"), ("kernel.shm", "hostIPC")):
            if spec.get(switch) and name.startswith(prefix):
                faults.append(field.invalid(here, name, f"may not be specified when '{switch}' is true"))
        seen.add(name)
    return faults
