"""Validation of volumes in pods, persistent volumes and their claims.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` ValidateVolumes, ValidatePersistentVolumeSpec,
ValidatePersistentVolumeClaimSpec.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.core import environment_validation as environment
from mini_server.apis.core.scheduling_validation import node_selector
from mini_server.apis.internal import difference
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path
from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]

_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
_HOST_PATHS = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_VOLUME_MODES = ("Block", "Filesystem")
_RECLAIM = ("Delete", "Recycle", "Retain")
_MORE = "may not specify more than 1 volume type"

# The sources of volumes in the order that upstream looks for them, with the fields that must be there.
_SOURCES: dict[str, tuple[str, ...]] = {
    "emptyDir": (),
    "hostPath": ("path",),
    "gitRepo": ("repository",),
    "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",),
    "secret": ("secretName",),
    "nfs": ("server", "path"),
    "iscsi": ("targetPortal", "iqn"),
    "glusterfs": ("endpoints", "path"),
    "flocker": (),
    "persistentVolumeClaim": ("claimName",),
    "rbd": ("monitors", "image"),
    "cinder": ("volumeID",),
    "cephfs": ("monitors",),
    "quobyte": ("registry", "volume"),
    "downwardAPI": (),
    "fc": (),
    "flexVolume": ("driver",),
    "configMap": ("name",),
    "azureFile": ("secretName", "shareName"),
    "vsphereVolume": ("volumePath",),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "azureDisk": ("diskName", "diskURI"),
    "storageos": (),
    "projected": (),
    "scaleIO": ("gateway", "system", "volumeName"),
    "csi": ("driver",),
    "ephemeral": ("volumeClaimTemplate",),
    "image": (),
    "local": ("path",),
}


def volumes(entries: list[Object], path: Path) -> tuple[dict[str, Object], ErrorList]:
    """The volumes without a fault by their names (only those can be mounted), and the faults."""
    good: dict[str, Object] = {}
    faults: ErrorList = []
    for index, volume in enumerate(entries):
        here, name = path.index(index), volume.get("name", "")
        own = _source(volume, here)
        own += rules.named(here.child("name"), name, names.is_dns1123_label)
        if name in good:
            own.append(field.duplicate(here.child("name"), name))
        if own:
            faults += own
        else:
            good[name] = volume
    return good, faults


def _source(volume: Object, path: Path) -> ErrorList:
    given = [name for name in _SOURCES if volume.get(name) is not None]
    if not given:
        return [field.required(path, "must specify a volume type")]
    first, *others = given
    faults = [field.required(path.child(first, name)) for name in _SOURCES[first] if not volume[first].get(name)]
    if first in _CHECKS:
        faults += _CHECKS[first](volume[first], path.child(first))
    return faults + [field.forbidden(path.child(name), _MORE) for name in others]


def _empty_dir(source: Object, path: Path) -> ErrorList:
    if source.get("sizeLimit") is not None and Quantity.parse(source["sizeLimit"]).sign < 0:
        return [field.forbidden(path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity")]
    return []


def _host_path(source: Object, path: Path) -> ErrorList:
    where, kind = source.get("path", ""), source.get("type")
    return rules.no_backsteps(path.child("path"), where) + rules.if_set(path.child("type"), kind, _HOST_PATHS)


def _nfs(source: Object, path: Path) -> ErrorList:
    where = source.get("path", "")
    if where and not where.startswith("/"):
        return [field.invalid(path.child("path"), where, "must be an absolute path")]
    return []


def _mode(source: Object, name: str, path: Path) -> ErrorList:
    mode = source.get(name)
    return [] if mode is None or 0 <= mode <= 0o777 else [field.invalid(path.child(name), mode, _MODE)]


def _objects(source: Object, path: Path) -> ErrorList:
    return _mode(source, "defaultMode", path) + _items(source, path)


def _items(source: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    for index, item in enumerate(source.get("items") or []):
        here = path.child("items").index(index)
        if not item.get("key"):
            faults.append(field.required(here.child("key")))
        faults += _local_path(item, here) + _mode(item, "mode", here)
    return faults


def _local_path(item: Object, path: Path) -> ErrorList:
    where, here = item.get("path", ""), path.child("path")
    if not where:
        return [field.required(here)]
    faults = rules.descending_path(here, where)
    if where.startswith("..") and not where.startswith("../"):
        faults.append(field.invalid(here, where, "must not start with '..'"))
    return faults


def _fields(source: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    for index, item in enumerate(source.get("items") or []):
        here = path.child("items").index(index)
        faults += _local_path(item, here)
        shown, resource = item.get("fieldRef"), item.get("resourceFieldRef")
        if shown is not None:
            faults += environment.field_reference(shown, environment.FIELDS_OF_VOLUMES, here.child("fieldRef"))
            if resource is not None:
                text = "fieldRef and resourceFieldRef can not be specified simultaneously"
                faults.append(field.invalid(here, "resource", text))
        elif resource is not None:
            where = here.child("resourceFieldRef")
            faults += environment.resource_reference(resource, where, container_needed=True)
        else:
            faults.append(field.required(here, "one of fieldRef and resourceFieldRef is required"))
        faults += _mode(item, "mode", here)
    return faults


def _downward(source: Object, path: Path) -> ErrorList:
    return _mode(source, "defaultMode", path) + _fields(source, path)


def _projected(source: Object, path: Path) -> ErrorList:
    faults = _mode(source, "defaultMode", path)
    for index, entry in enumerate(source.get("sources") or []):
        here, count = path.child("sources").index(index), 0
        for name, value in entry.items():
            if value is None:
                continue
            count += 1
            where = here.child(name)
            if name in ("secret", "configMap"):
                if not value.get("name"):
                    faults.append(field.required(where.child("name")))
                faults += _items(value, where)
            elif name == "downwardAPI":
                faults += _fields(value, where)
            elif name == "serviceAccountToken":
                faults += _token(value, where)
        if count > 1:
            faults.append(field.forbidden(here, _MORE))
    return faults


def _token(source: Object, path: Path) -> ErrorList:
    faults = token_seconds(path.child("expirationSeconds"), source.get("expirationSeconds", 3600))
    return faults + _local_path(source, path)


def token_seconds(path: Path, seconds: int) -> ErrorList:
    """Seconds that a service account's token is good for: from 600 to 2^32."""
    if seconds < 600:
        return [field.invalid(path, seconds, "may not specify a duration less than 10 minutes")]
    if seconds > 2**32:
        return [field.invalid(path, seconds, "may not specify a duration larger than 2^32 seconds")]
    return []


def _csi(source: Object, path: Path) -> ErrorList:
    return csi_driver_name(path.child("driver"), source["driver"]) if source.get("driver") else []


def csi_driver_name(path: Path, name: str) -> ErrorList:
    """The name of a CSI driver, which may have capitals."""
    if not name:
        return [field.required(path)]
    if len(name) > 63:
        return [field.too_long(path, "", 63)]
    return rules.told(path, name, names.is_dns1123_subdomain(name.lower()))


def _ephemeral(source: Object, path: Path) -> ErrorList:
    template = source.get("volumeClaimTemplate")
    if not template:
        return []
    return claim_spec(template.get("spec") or {}, path.child("volumeClaimTemplate", "spec"))


_CHECKS: dict[str, Callable[[Object, Path], ErrorList]] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "nfs": _nfs,
    "secret": _objects,
    "configMap": _objects,
    "downwardAPI": _downward,
    "projected": _projected,
    "csi": _csi,
    "ephemeral": _ephemeral,
}


# Claims


def claim(obj: Object) -> ErrorList:
    """A PersistentVolumeClaim."""
    return claim_spec(obj.get("spec") or {}, Path.new("spec"))


def claim_spec(spec: Object, path: Path) -> ErrorList:
    """The spec of a claim, or of the template of one."""
    faults: ErrorList = []
    modes = spec.get("accessModes") or []
    if not modes:
        faults.append(field.required(path.child("accessModes"), "at least 1 access mode is required"))
    faults += rules.label_selector(spec.get("selector"), path.child("selector"))
    faults += _access_modes(modes, path.child("accessModes"))
    size, where = ((spec.get("resources") or {}).get("requests") or {}).get("storage"), path.child("resources")
    if size is None:
        faults.append(field.required(where.key("storage")))
    else:
        faults += rules.positive_quantity(where.key("storage"), size)
    faults += rules.if_named(path.child("storageClassName"), spec.get("storageClassName"))
    faults += rules.if_set(path.child("volumeMode"), spec.get("volumeMode"), _VOLUME_MODES)
    older, newer = spec.get("dataSource"), spec.get("dataSourceRef")
    for name, source in (("dataSource", older), ("dataSourceRef", newer)):
        if source is not None:
            faults += _data_source(source, path.child(name))
    if (
        older is not None
        and newer is not None
        and not newer.get("namespace")
        and _reference(older) != _reference(newer)
    ):
        faults.append(field.invalid(path, {}, "must match dataSourceRef"))
    return faults + rules.if_named(path.child("volumeAttributesClassName"), spec.get("volumeAttributesClassName"))


def _access_modes(modes: list[str], path: Path) -> ErrorList:
    faults = [field.not_supported(path, mode, _ACCESS_MODES) for mode in modes if mode not in _ACCESS_MODES]
    if "ReadWriteOncePod" in modes and set(modes) != {"ReadWriteOncePod"}:
        faults.append(field.forbidden(path, "may not use ReadWriteOncePod with other access modes"))
    return faults


def _reference(source: Object) -> tuple[Any, Any, Any]:
    return source.get("apiGroup") or "", source.get("kind"), source.get("name")


def _data_source(source: Object, path: Path) -> ErrorList:
    faults = [field.required(path.child(name)) for name in ("name", "kind") if not source.get(name)]
    group = source.get("apiGroup") or ""
    if group:
        return faults + rules.told(path.child("apiGroup"), group, names.is_dns1123_subdomain(group))
    if source.get("kind", "") != "PersistentVolumeClaim":
        text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        faults.append(field.invalid(path, source.get("kind", ""), text))
    return faults


_CLAIM = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{}"


def claim_update(obj: Object, old: Object) -> ErrorList:
    """A bound claim can grow, and change its attributes; one without a volume can be given one. All else stays."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    munged = dict(spec)
    if not before.get("volumeName"):
        munged.pop("volumeName", None)
    bound = (old.get("status") or {}).get("phase") == "Bound"
    if bound and "storage" in ((before.get("resources") or {}).get("requests") or {}):
        munged["resources"] = {**(spec.get("resources") or {}), "requests": before["resources"]["requests"]}
    if bound and "volumeAttributesClassName" in before:
        munged["volumeAttributesClassName"] = before["volumeAttributesClassName"]
    elif bound:
        munged.pop("volumeAttributesClassName", None)
    faults: ErrorList = []
    if munged != before:
        shown = {**before, "volumeName": spec.get("volumeName")} if not before.get("volumeName") else before
        changed = {**munged, "volumeName": spec.get("volumeName")} if not before.get("volumeName") else munged
        text = _CLAIM.format(difference("PersistentVolumeClaimSpec", shown, changed))
        faults.append(field.forbidden("spec", text))
    elif bound:
        faults += _not_shrunk(spec, before, old)
    return faults + rules.fixed(spec, before, None, "volumeMode")


def _not_shrunk(spec: Object, before: Object, old: Object) -> ErrorList:
    asked, had = (((s.get("resources") or {}).get("requests") or {}).get("storage") for s in (spec, before))
    has = ((old.get("status") or {}).get("capacity") or {}).get("storage")
    if asked is None or had is None or Quantity.parse(asked) >= Quantity.parse(had):
        return []
    if has is not None and Quantity.parse(asked) <= Quantity.parse(has):
        return [field.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")]
    return []


# Persistent volumes


def volume(obj: Object) -> ErrorList:
    """A PersistentVolume."""
    spec, path = obj.get("spec") or {}, Path.new("spec")
    faults: ErrorList = []
    modes = spec.get("accessModes") or []
    if not modes:
        faults.append(field.required(path.child("accessModes")))
    faults += _access_modes(modes, path.child("accessModes"))
    capacity, where = spec.get("capacity") or {}, path.child("capacity")
    if not capacity:
        faults.append(field.required(where))
    if set(capacity) != {"storage"}:
        faults.append(field.not_supported(where, spec.get("capacity"), ("storage",)))
    for name, value in capacity.items():
        faults += rules.positive_quantity(where.key(name), value)
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy:
        faults += rules.if_set(path.child("persistentVolumeReclaimPolicy"), policy, _RECLAIM)
    required = (spec.get("nodeAffinity") or {}).get("required")
    if required is not None:
        faults += node_selector(required, path.child("nodeAffinity", "required"))
    faults += _source(spec, path)
    if (spec.get("hostPath") or {}).get("path") == "/" and policy == "Recycle":
        text = "may not be 'recycle' for a hostPath mount of '/'"
        faults.append(field.forbidden(path.child("persistentVolumeReclaimPolicy"), text))
    faults += rules.if_named(path.child("storageClassName"), spec.get("storageClassName"))
    faults += rules.if_set(path.child("volumeMode"), spec.get("volumeMode"), _VOLUME_MODES)
    return faults + rules.if_named(path.child("volumeAttributesClassName"), spec.get("volumeAttributesClassName"))


def volume_update(obj: Object, old: Object) -> ErrorList:
    """Where a volume's data are stays, and how it is used."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    faults: ErrorList = []
    if any(spec.get(name) != before.get(name) for name in _SOURCES if name != "csi"):
        faults.append(
            field.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation")
        )
    faults += rules.fixed(spec, before, None, "volumeMode")
    if before.get("nodeAffinity") and spec.get("nodeAffinity") != before["nodeAffinity"]:
        faults.append(field.invalid("spec.nodeAffinity", spec.get("nodeAffinity"), rules.IMMUTABLE))
    return faults
