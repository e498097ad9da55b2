"""Volumes of pods and sources of persistent volumes.

Source: kubectl ``pkg/describe/describe.go`` describeVolumes, print*VolumeSource.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pykubectl.printers.describe.common import MAX_ANNOTATION, NONE, UNSET, dig, shorten, text_of
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]


class Field(NamedTuple):
    """A line of a volume: its name, where the value is, and what stands for a missing one."""

    name: str
    path: str
    missing: str = ""
    mark: str = ":"
    show: Callable[[Any], str] = text_of


class Source(NamedTuple):
    """A kind of volume: what it is called, and its lines."""

    title: str
    fields: tuple[Field, ...] = ()
    more: Callable[[Writer, Object], None] | None = None


def _reference(value: Object) -> str:
    """A SecretReference or LocalObjectReference as Go prints a pointer to one."""
    if "namespace" in value:
        return f"&SecretReference{{Name:{value.get('name', '')},Namespace:{value['namespace']},}}"
    return f"&LocalObjectReference{{Name:{value.get('name', '')},}}"


def _joined(value: list[str]) -> str:
    return ", ".join(value)


def _size_limit(value: str) -> str:
    from pykubectl.machinery.values.quantity import Quantity

    limit = Quantity.parse(value)
    return str(limit) if limit.sign > 0 else UNSET


READ_ONLY = Field("ReadOnly", "readOnly", "false")
FS_TYPE = Field("FSType", "fsType")
SECRET_REF = Field("SecretRef", "secretRef", "nil", show=_reference)
OPTIONAL = Field("Optional", "optional", "false")


def _projected(w: Writer, volume: Object) -> None:
    for source in volume.get("sources") or ():
        if "secret" in source:
            w.field(2, "SecretName", dig(source, "secret.name", ""))
            w.field(2, "Optional", text_of(dig(source, "secret.optional", False)))
        elif "downwardAPI" in source:
            w.field(2, "DownwardAPI", "true")
        elif "configMap" in source:
            w.field(2, "ConfigMapName", dig(source, "configMap.name", ""))
            w.field(2, "Optional", text_of(dig(source, "configMap.optional", False)))
        elif "serviceAccountToken" in source:
            w.field(2, "TokenExpirationSeconds", dig(source, "serviceAccountToken.expirationSeconds", 0))


def _downward_api(w: Writer, volume: Object) -> None:
    w.line(2, "Items:")
    for item in volume.get("items") or ():
        if "fieldRef" in item:
            w.line(3, f"{dig(item, 'fieldRef.fieldPath')} -> {item['path']}")
        if "resourceFieldRef" in item:
            w.line(3, f"{dig(item, 'resourceFieldRef.resource')} -> {item['path']}")


def _ephemeral(w: Writer, volume: Object) -> None:
    template = volume.get("volumeClaimTemplate")
    if template:
        from pykubectl.printers.describe.storage import claim

        claim(w.nested(2), template, None)


def _csi_attributes(w: Writer, volume: Object) -> None:
    attributes = volume.get("volumeAttributes") or {}
    w.write(2, "VolumeAttributes:\t")
    if not attributes:
        w.write(0, f"{NONE}\n")
    for number, (key, value) in enumerate(sorted(attributes.items())):
        if number:
            w.write(2, "")
            w.write(2, "\t")
        w.line(2, shorten(f"{key}={value}", MAX_ANNOTATION))


_POD_SHARED = "on the host that shares a pod's lifetime)"
_ISCSI = "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)"
_FLEX = "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)"
_CSI_TITLE = "CSI (a Container Storage Interface (CSI) volume source)"
_SCALE_IO_FIELDS = (
    Field("Gateway", "gateway"),
    Field("System", "system"),
    Field("Protection Domain", "protectionDomain"),
    Field("Storage Pool", "storagePool"),
    Field("Storage Mode", "storageMode"),
    Field("VolumeName", "volumeName"),
)

# In upstream's order: of several sources the first one counts.
POD_SOURCES: dict[str, Source] = {
    "hostPath": Source(
        "HostPath (bare host directory volume)", (Field("Path", "path"), Field("HostPathType", "type", NONE))
    ),
    "emptyDir": Source(
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        (Field("Medium", "medium"), Field("SizeLimit", "sizeLimit", UNSET, show=_size_limit)),
    ),
    "gcePersistentDisk": Source(
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        (Field("PDName", "pdName"), FS_TYPE, Field("Partition", "partition", "0"), READ_ONLY),
    ),
    "awsElasticBlockStore": Source(
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        (Field("VolumeID", "volumeID"), FS_TYPE, Field("Partition", "partition", "0"), READ_ONLY),
    ),
    "gitRepo": Source(
        "GitRepo (a volume that is pulled from git when the pod is created)",
        (Field("Repository", "repository"), Field("Revision", "revision")),
    ),
    "secret": Source("Secret (a volume populated by a Secret)", (Field("SecretName", "secretName"), OPTIONAL)),
    "configMap": Source("ConfigMap (a volume populated by a ConfigMap)", (Field("Name", "name"), OPTIONAL)),
    "nfs": Source(
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        (Field("Server", "server"), Field("Path", "path"), READ_ONLY),
    ),
    "iscsi": Source(
        _ISCSI,
        (
            Field("TargetPortal", "targetPortal"),
            Field("IQN", "iqn"),
            Field("Lun", "lun", "0"),
            Field("ISCSIInterface", "iscsiInterface", mark=""),
            FS_TYPE,
            READ_ONLY,
            Field("Portals", "portals", "[]"),
            Field("DiscoveryCHAPAuth", "chapAuthDiscovery", "false"),
            Field("SessionCHAPAuth", "chapAuthSession", "false"),
            SECRET_REF,
            Field("InitiatorName", "initiatorName", NONE),
        ),
    ),
    "glusterfs": Source(
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        (Field("EndpointsName", "endpoints"), Field("Path", "path"), READ_ONLY),
    ),
    "persistentVolumeClaim": Source(
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        (Field("ClaimName", "claimName"), READ_ONLY),
    ),
    "ephemeral": Source(
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        more=_ephemeral,
    ),
    "rbd": Source(
        f"RBD (a Rados Block Device mount {_POD_SHARED}",
        (
            Field("CephMonitors", "monitors", "[]"),
            Field("RBDImage", "image"),
            FS_TYPE,
            Field("RBDPool", "pool"),
            Field("RadosUser", "user"),
            Field("Keyring", "keyring"),
            SECRET_REF,
            READ_ONLY,
        ),
    ),
    "quobyte": Source(
        f"Quobyte (a Quobyte mount {_POD_SHARED}", (Field("Registry", "registry"), Field("Volume", "volume"), READ_ONLY)
    ),
    "downwardAPI": Source("DownwardAPI (a volume populated by information about the pod)", more=_downward_api),
    "azureDisk": Source(
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        (
            Field("DiskName", "diskName"),
            Field("DiskURI", "diskURI"),
            Field("Kind", "kind", mark=": "),
            FS_TYPE,
            Field("CachingMode", "cachingMode"),
            READ_ONLY,
        ),
    ),
    "vsphereVolume": Source(
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        (Field("VolumePath", "volumePath"), FS_TYPE, Field("StoragePolicyName", "storagePolicyName")),
    ),
    "cinder": Source(
        "Cinder (a Persistent Disk resource in OpenStack)",
        (Field("VolumeID", "volumeID"), FS_TYPE, READ_ONLY, SECRET_REF),
    ),
    "photonPersistentDisk": Source(
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)", (Field("PdID", "pdID"), FS_TYPE)
    ),
    "portworxVolume": Source("PortworxVolume (a Portworx Volume resource)", (Field("VolumeID", "volumeID"),)),
    "scaleIO": Source(
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)", (*_SCALE_IO_FIELDS, FS_TYPE, READ_ONLY)
    ),
    "cephfs": Source(
        f"CephFS (a CephFS mount {_POD_SHARED}",
        (
            Field("Monitors", "monitors", "[]"),
            Field("Path", "path"),
            Field("User", "user"),
            Field("SecretFile", "secretFile"),
            SECRET_REF,
            READ_ONLY,
        ),
    ),
    "storageos": Source(
        "StorageOS (a StorageOS Persistent Disk resource)",
        (Field("VolumeName", "volumeName"), Field("VolumeNamespace", "volumeNamespace"), FS_TYPE, READ_ONLY),
    ),
    "fc": Source(
        "FC (a Fibre Channel disk)",
        (Field("TargetWWNs", "targetWWNs", show=_joined), Field("LUN", "lun", NONE), FS_TYPE, READ_ONLY),
    ),
    "azureFile": Source(
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        (Field("SecretName", "secretName"), Field("ShareName", "shareName"), READ_ONLY),
    ),
    "flexVolume": Source(
        _FLEX,
        (Field("Driver", "driver"), FS_TYPE, SECRET_REF, READ_ONLY, Field("Options", "options", "map[]")),
    ),
    "flocker": Source(
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        (Field("DatasetName", "datasetName"), Field("DatasetUUID", "datasetUUID")),
    ),
    "projected": Source("Projected (a volume that contains injected data from multiple sources)", more=_projected),
    "csi": Source(_CSI_TITLE, (Field("Driver", "driver"), FS_TYPE, READ_ONLY), _csi_attributes),
    "image": Source(
        "Image (a container image or OCI artifact)",
        (Field("Reference", "reference"), Field("PullPolicy", "pullPolicy")),
    ),
}

# What differs where the volume outlives its pod.
PERSISTENT_SOURCES: dict[str, Source] = {
    **POD_SOURCES,
    "glusterfs": Source(
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        (
            Field("EndpointsName", "endpoints"),
            Field("EndpointsNamespace", "endpointsNamespace", UNSET),
            Field("Path", "path"),
            READ_ONLY,
        ),
    ),
    "scaleIO": Source(
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        (
            *_SCALE_IO_FIELDS,
            Field("SecretName", "secretRef.name"),
            Field("SecretNamespace", "secretRef.namespace"),
            FS_TYPE,
            READ_ONLY,
        ),
    ),
    "local": Source("LocalVolume (a persistent volume backed by local storage on a node)", (Field("Path", "path"),)),
    "azureFile": Source(
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        (
            Field("SecretName", "secretName"),
            Field("SecretNamespace", "secretNamespace"),
            Field("ShareName", "shareName"),
            READ_ONLY,
        ),
    ),
    "csi": Source(
        _CSI_TITLE,
        (Field("Driver", "driver"), FS_TYPE, Field("VolumeHandle", "volumeHandle"), READ_ONLY),
        _csi_attributes,
    ),
}


def describe_volumes(w: Writer, volumes: list[Object] | None, space: str = "") -> None:
    """The volumes of a pod or of a pod template, which is indented by ``space``."""
    if not volumes:
        w.line(0, f"{space}Volumes:\t{NONE}")
        return
    w.line(0, f"{space}Volumes:")
    for volume in volumes:
        w.line(1, f"{' ' if space else ''}{volume['name']}:")
        source(w, volume, POD_SOURCES)


def source(w: Writer, volume: Object, kinds: dict[str, Source]) -> None:
    """The lines of the source that is set."""
    kind = next((kind for kind in kinds if volume.get(kind) is not None), None)
    if kind is None:
        w.line(1, "<unknown>")
        return
    found, values = kinds[kind], volume[kind]
    w.field(2, "Type", found.title)
    for name, path, missing, mark, show in found.fields:
        value = dig(values, path)
        w.line(2, f"{name}{mark}\t{missing if value is None else show(value)}")
    if found.more is not None:
        found.more(w, values)
