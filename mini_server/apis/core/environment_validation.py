"""Validation of containers' environment, and of references to fields, resources and keys, which volumes use too.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidateEnv, ValidateEnvFrom.
"""

from __future__ import annotations

import re
from typing import Any

from mini_server.apis import rules
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path
from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]

_META = ("metadata.name", "metadata.namespace", "metadata.uid")
FIELDS_OF_VARIABLES = frozenset(
    (
        *_META,
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    )
)
FIELDS_OF_VOLUMES = frozenset((*_META, "metadata.labels", "metadata.annotations"))
# Labels that are known as such, whether or not a variable may show them.
_KNOWN = FIELDS_OF_VARIABLES | FIELDS_OF_VOLUMES | {"spec.restartPolicy", "spec.schedulerName", "status.phase"}
_SUBSCRIPT = re.compile(r"^(.*)\['(.*)'\]$", re.DOTALL)

_RESOURCES = tuple(sorted(f"{k}.{n}" for k in ("limits", "requests") for n in ("cpu", "memory", "ephemeral-storage")))
_HUGE = ("limits.hugepages-", "requests.hugepages-")
_SIZES = ("1", *(f"1{unit}{binary}" for binary in ("", "i") for unit in ("k" if not binary else "K", *"MGTPE")))
_DIVISORS = {
    "cpu": (("1m", "1"), "1m and 1 are supported with the cpu resource"),
    "memory": (_SIZES, f"{', '.join(_SIZES)} are supported with the memory resource"),
    "ephemeral-storage": (_SIZES, f"{', '.join(_SIZES)} are supported with the local ephemeral storage resource"),
}

_ONE_AT_A_TIME = "may not have more than one field specified at a time"
_VALUE_SOURCES = (
    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
)


def variables(entries: list[Object], path: Path) -> ErrorList:
    """``env``."""
    faults: ErrorList = []
    for index, entry in enumerate(entries):
        here = path.index(index)
        faults += rules.named(here.child("name"), entry.get("name", ""), names.is_relaxed_env_var_name)
        if entry.get("valueFrom") is not None:
            faults += _value_from(entry, here.child("valueFrom"))
    return faults


def _value_from(entry: Object, path: Path) -> ErrorList:
    source = entry["valueFrom"]
    faults: ErrorList = []
    if source.get("fieldRef") is not None:
        faults += field_reference(source["fieldRef"], FIELDS_OF_VARIABLES, path.child("fieldRef"))
    if source.get("resourceFieldRef") is not None:
        faults += resource_reference(source["resourceFieldRef"], path.child("resourceFieldRef"))
    for name in ("configMapKeyRef", "secretKeyRef"):
        if source.get(name) is not None:
            faults += _key_reference(source[name], path.child(name))
    if source.get("fileKeyRef") is not None:
        faults += _file_key_reference(source["fileKeyRef"], path.child("fileKeyRef"))
    count = sum(value is not None for value in source.values())
    if not count:
        faults.append(field.invalid(path, "", _VALUE_SOURCES))
    elif entry.get("value"):
        faults.append(field.invalid(path, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        faults.append(field.invalid(path, "", _ONE_AT_A_TIME))
    return faults


def field_reference(reference: Object, allowed: frozenset[str], path: Path) -> ErrorList:
    """A field of the pod, perhaps with the key of a label or annotation."""
    name = reference.get("fieldPath", "")
    if not name:
        return [field.required(path.child("fieldPath"))]
    match = _SUBSCRIPT.match(name)
    if match is not None and match[1] in ("metadata.annotations", "metadata.labels"):
        key = match[2].lower() if match[1] == "metadata.annotations" else match[2]
        return rules.told(path, key, names.is_qualified_name(key))
    if name not in _KNOWN:
        text = f"error converting fieldPath: field label not supported: {name}"
        return [field.invalid(path.child("fieldPath"), name, text)]
    return [] if name in allowed else [field.not_supported(path.child("fieldPath"), name, sorted(allowed))]


def resource_reference(reference: Object, path: Path, *, container_needed: bool = False) -> ErrorList:
    """A resource of a container, divided by something."""
    name, faults = reference.get("resource", ""), ErrorList()
    if container_needed and not reference.get("containerName"):
        faults.append(field.required(path.child("containerName")))
    elif not name:
        faults.append(field.required(path.child("resource")))
    elif name not in _RESOURCES and not name.startswith(_HUGE):
        faults.append(field.not_supported(path.child("resource"), name, _RESOURCES))
    divisor = Quantity.parse(reference.get("divisor") or 0)
    supported, text = _DIVISORS.get(name.partition(".")[2], ((), ""))
    if name.startswith(_HUGE):
        supported, text = _SIZES, f"{', '.join(_SIZES)} are supported with the hugepages resource"
    if supported and not divisor.is_zero and str(divisor) not in supported:
        faults.append(field.invalid(path.child("divisor"), name, f"only divisor's values {text}"))
    return faults


def _key_reference(reference: Object, path: Path) -> ErrorList:
    name = reference.get("name", "")
    faults = rules.told(path.child("name"), name, names.is_dns1123_subdomain(name))
    return faults + rules.named(path.child("key"), reference.get("key", ""), names.is_config_map_key)


def _file_key_reference(reference: Object, path: Path) -> ErrorList:
    faults = rules.named(path.child("key"), reference.get("key", ""), names.is_relaxed_env_var_name)
    faults += rules.named(path.child("volumeName"), reference.get("volumeName", ""), names.is_dns1123_label)
    where = reference.get("path", "")
    return faults + (
        rules.descending_path(path.child("path"), where) if where else [field.required(path.child("path"))]
    )


def sources(entries: list[Object], path: Path) -> ErrorList:
    """``envFrom``; upstream names the list where an entry has none or several sources."""
    faults: ErrorList = []
    for index, entry in enumerate(entries):
        here = path.index(index)
        faults += rules.if_named(here.child("prefix"), entry.get("prefix"), names.is_relaxed_env_var_name)
        given = [name for name in ("configMapRef", "secretRef") if entry.get(name) is not None]
        for name in given:
            faults += rules.named(here.child(name, "name"), entry[name].get("name", ""))
        if not given:
            faults.append(field.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(given) > 1:
            faults.append(field.invalid(path, "", _ONE_AT_A_TIME))
    return faults
