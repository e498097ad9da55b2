"""Parts of objects as messages show them: in the form that they have inside of upstream's server.

There the fields go by their Go names, in the order of the type, and what is not set shows as zero or null. Source:
kubernetes ``pkg/apis/core/types.go`` and its siblings, ``pkg/util/diff``.
"""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from typing import Any, NamedTuple

from pykubectl.machinery.validation.field import Rendered

Object = dict[str, Any]

# type -> its fields: a name alone is a text; ``#`` is a number, ``!`` a truth, ``?`` may be null, ``:T`` is of type T,
# ``?T`` too but may be null, ``*T`` is a list of them. ``+T`` stands for the fields of T; ``=`` gives the JSON name.
_TYPES = {
    "SecurityContext": "Capabilities?Capabilities Privileged? SELinuxOptions?SELinuxOptions=seLinuxOptions "
    "WindowsOptions?WindowsOptions RunAsUser? RunAsGroup? RunAsNonRoot? ReadOnlyRootFilesystem? "
    "AllowPrivilegeEscalation? ProcMount? SeccompProfile?SeccompProfile AppArmorProfile?SeccompProfile",
    "Capabilities": "Add? Drop?",
    "SELinuxOptions": "User Role Type Level",
    "WindowsOptions": "GMSACredentialSpecName?=gmsaCredentialSpecName GMSACredentialSpec?=gmsaCredentialSpec "
    "RunAsUserName? HostProcess?",
    "SeccompProfile": "Type LocalhostProfile?",
    "PodTemplateSpec": "+ObjectMeta Spec:PodSpec",
    "PodSpec": "Volumes*Volume InitContainers*Container Containers*Container EphemeralContainers*EphemeralContainer "
    "RestartPolicy TerminationGracePeriodSeconds? ActiveDeadlineSeconds? DNSPolicy=dnsPolicy NodeSelector? "
    "ServiceAccountName AutomountServiceAccountToken? NodeName SecurityContext?PodSecurityContext "
    "ImagePullSecrets*LocalObjectReference Hostname Subdomain SetHostnameAsFQDN? Affinity?Affinity SchedulerName "
    "Tolerations*Toleration HostAliases*HostAlias PriorityClassName Priority? PreemptionPolicy? "
    "DNSConfig?DNSConfig=dnsConfig ReadinessGates*ReadinessGate RuntimeClassName? Overhead? EnableServiceLinks? "
    "TopologySpreadConstraints*TopologySpreadConstraint OS?LocalObjectReference=os "
    "SchedulingGates*LocalObjectReference ResourceClaims*PodResourceClaim Resources?ResourceRequirements "
    "HostnameOverride? SchedulingGroup?",
    "PodSecurityContext": "HostNetwork! HostPID!=hostPID HostIPC!=hostIPC ShareProcessNamespace? HostUsers? "
    "SELinuxOptions?SELinuxOptions=seLinuxOptions WindowsOptions?WindowsOptions RunAsUser? RunAsGroup? RunAsNonRoot? "
    "SupplementalGroups? SupplementalGroupsPolicy? FSGroup?=fsGroup FSGroupChangePolicy?=fsGroupChangePolicy "
    "Sysctls*NameValue SeccompProfile?SeccompProfile AppArmorProfile?SeccompProfile "
    "SELinuxChangePolicy?=seLinuxChangePolicy",
    "Container": "Name Image Command? Args? WorkingDir Ports*ContainerPort EnvFrom*EnvFromSource Env*EnvVar "
    "Resources:ResourceRequirements ResizePolicy*ContainerResizePolicy RestartPolicy? RestartPolicyRules? "
    "VolumeMounts*VolumeMount VolumeDevices*VolumeDevice LivenessProbe?Probe ReadinessProbe?Probe StartupProbe?Probe "
    "Lifecycle?Lifecycle TerminationMessagePath TerminationMessagePolicy ImagePullPolicy "
    "SecurityContext?SecurityContext Stdin! StdinOnce! TTY!=tty",
    "EphemeralContainer": "+Container TargetContainerName",
    "ContainerPort": "Name HostPort# ContainerPort# Protocol HostIP=hostIP",
    "ContainerResizePolicy": "ResourceName RestartPolicy",
    "EnvFromSource": "Prefix ConfigMapRef?EnvSource SecretRef?EnvSource",
    "EnvSource": "Name Optional?",
    "EnvVar": "Name Value ValueFrom?EnvVarSource",
    "EnvVarSource": "FieldRef?FieldSelector ResourceFieldRef?ResourceFieldSelector ConfigMapKeyRef?KeySelector "
    "SecretKeyRef?KeySelector FileKeyRef?",
    "FieldSelector": "APIVersion=apiVersion FieldPath",
    "ResourceFieldSelector": "ContainerName Resource Divisor",
    "KeySelector": "Name Key Optional?",
    "ResourceRequirements": "Limits? Requests? Claims?",
    "VolumeMount": "Name ReadOnly! RecursiveReadOnly? MountPath SubPath MountPropagation? SubPathExpr",
    "VolumeDevice": "Name DevicePath",
    "Probe": "Exec?Exec HTTPGet?HTTPGet=httpGet TCPSocket?TCPSocket=tcpSocket GRPC?GRPC=grpc InitialDelaySeconds# "
    "TimeoutSeconds# PeriodSeconds# SuccessThreshold# FailureThreshold# TerminationGracePeriodSeconds?",
    "Lifecycle": "PostStart?Handler PreStop?Handler StopSignal?",
    "Handler": "Exec?Exec HTTPGet?HTTPGet=httpGet TCPSocket?TCPSocket=tcpSocket Sleep?Sleep",
    "Exec": "Command?",
    "HTTPGet": "Path Port? Host Scheme HTTPHeaders*NameValue=httpHeaders",
    "TCPSocket": "Port? Host",
    "GRPC": "Port# Service?",
    "Sleep": "Seconds#",
    "NameValue": "Name Value",
    "LocalObjectReference": "Name",
    "Affinity": "NodeAffinity?NodeAffinity PodAffinity?PodAffinity PodAntiAffinity?PodAffinity",
    "NodeAffinity": "RequiredDuringSchedulingIgnoredDuringExecution?NodeSelector "
    "PreferredDuringSchedulingIgnoredDuringExecution*PreferredSchedulingTerm",
    "NodeSelector": "NodeSelectorTerms*NodeSelectorTerm",
    "NodeSelectorTerm": "MatchExpressions*NodeSelectorRequirement MatchFields*NodeSelectorRequirement",
    "NodeSelectorRequirement": "Key Operator Values?",
    "PreferredSchedulingTerm": "Weight# Preference:NodeSelectorTerm",
    "PodAffinity": "RequiredDuringSchedulingIgnoredDuringExecution*PodAffinityTerm "
    "PreferredDuringSchedulingIgnoredDuringExecution*WeightedPodAffinityTerm",
    "PodAffinityTerm": "LabelSelector? Namespaces? TopologyKey NamespaceSelector? MatchLabelKeys? MismatchLabelKeys?",
    "WeightedPodAffinityTerm": "Weight# PodAffinityTerm:PodAffinityTerm",
    "Toleration": "Key Operator Value Effect TolerationSeconds?",
    "HostAlias": "IP=ip Hostnames?",
    "DNSConfig": "Nameservers? Searches? Options*DNSOption",
    "DNSOption": "Name Value?",
    "ReadinessGate": "ConditionType",
    "TopologySpreadConstraint": "MaxSkew# TopologyKey WhenUnsatisfiable LabelSelector? MinDomains? NodeAffinityPolicy? "
    "NodeTaintsPolicy? MatchLabelKeys?",
    "PodResourceClaim": "Name ResourceClaimName? ResourceClaimTemplateName?",
    "Volume": "Name HostPath?HostPath EmptyDir?EmptyDir GCEPersistentDisk?=gcePersistentDisk "
    "AWSElasticBlockStore?=awsElasticBlockStore GitRepo? Secret?SecretVolume NFS?NFS=nfs ISCSI?=iscsi Glusterfs? "
    "PersistentVolumeClaim?ClaimVolume RBD?=rbd Quobyte? FlexVolume? Cinder? CephFS?=cephfs Flocker? "
    "DownwardAPI?DownwardAPI FC?=fc AzureFile? ConfigMap?ConfigMapVolume VsphereVolume? AzureDisk? "
    "PhotonPersistentDisk? Projected?Projected PortworxVolume? ScaleIO?=scaleIO StorageOS?=storageos CSI?CSI=csi "
    "Ephemeral? Image?ImageVolume",
    "HostPath": "Path Type?",
    "EmptyDir": "Medium SizeLimit?",
    "SecretVolume": "SecretName Items*KeyToPath DefaultMode? Optional?",
    "ConfigMapVolume": "Name Items*KeyToPath DefaultMode? Optional?",
    "KeyToPath": "Key Path Mode?",
    "NFS": "Server Path ReadOnly!",
    "ClaimVolume": "ClaimName ReadOnly!",
    "DownwardAPI": "Items*DownwardAPIFile DefaultMode?",
    "DownwardAPIFile": "Path FieldRef?FieldSelector ResourceFieldRef?ResourceFieldSelector Mode?",
    "Projected": "Sources*VolumeProjection DefaultMode?",
    "VolumeProjection": "Secret?ProjectedObject DownwardAPI?ProjectedFields ConfigMap?ProjectedObject "
    "ServiceAccountToken?ProjectedToken ClusterTrustBundle? PodCertificate?",
    "ProjectedObject": "Name Items*KeyToPath Optional?",
    "ProjectedFields": "Items*DownwardAPIFile",
    "ProjectedToken": "Audience ExpirationSeconds# Path",
    "CSI": "Driver ReadOnly? FSType?=fsType VolumeAttributes? NodePublishSecretRef?LocalObjectReference",
    "ImageVolume": "Reference PullPolicy",
    "PersistentVolumeClaimSpec": "AccessModes? Selector? Resources:VolumeResourceRequirements VolumeName "
    "StorageClassName? VolumeMode? DataSource?DataSource DataSourceRef?DataSourceRef VolumeAttributesClassName?",
    "VolumeResourceRequirements": "Limits? Requests?",
    "DataSource": "APIGroup?=apiGroup Kind Name",
    "DataSourceRef": "APIGroup?=apiGroup Kind Name Namespace?",
    "Taint": "Key Value Effect TimeAdded?",
    "UpdateStrategy": "Type RollingUpdate?RollingUpdate",
    "RollingUpdate": "MaxUnavailable? MaxSurge?",
    "StatefulSetUpdateStrategy": "Type RollingUpdate?RollingUpdateStatefulSet",
    "RollingUpdateStatefulSet": "Partition# MaxUnavailable?",
    "PodFailurePolicy": "Rules*PodFailurePolicyRule",
    "PodFailurePolicyRule": "Action OnExitCodes?OnExitCodes OnPodConditions*OnPodCondition",
    "OnExitCodes": "ContainerName? Operator Values?",
    "OnPodCondition": "Type Status",
    "Behavior": "ScaleUp?ScalingRules ScaleDown?ScalingRules",
    "ScalingRules": "StabilizationWindowSeconds? SelectPolicy? Policies*ScalingPolicy Tolerance?",
    "ScalingPolicy": "Type Value# PeriodSeconds#",
    "PodDisruptionBudgetSpec": "MinAvailable? Selector? MaxUnavailable? UnhealthyPodEvictionPolicy?",
    "RoleRef": "APIGroup=apiGroup Kind Name",
    "FlowDistinguisherMethod": "Type",
    "ServiceCIDRSpec": "CIDRs?=cidrs",
    "ResourceClaimSpec": "Devices:DeviceClaim",
    "DeviceClaim": "Requests*DeviceRequest Constraints? Config?",
    "DeviceRequest": "Name Exactly?ExactDeviceRequest FirstAvailable?",
    "ExactDeviceRequest": "DeviceClassName Selectors? AllocationMode Count# AdminAccess? Tolerations? Capacity?",
    "ServicePort": "Name Protocol AppProtocol? Port# TargetPort? NodePort#",
}
# Types whose fields have the same names inside: in their order, left out where they are not set.
_META = ("name", "generateName", "namespace", "uid", "labels", "annotations", "ownerReferences", "finalizers")
_OF_THE_POD = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
_FIELD = re.compile(r"(\+?)(\w+)([#!?:*]?)(\w*)(?:=(\w+))?")
_ZEROES: dict[str, Any] = {"": "", "#": 0, "!": False}


class _Field(NamedTuple):
    name: str
    key: str
    kind: str
    type: str
    embedded: bool


@cache
def _fields(type: str) -> tuple[_Field, ...]:
    found = []
    for entry in _TYPES[type].split():
        match = _FIELD.fullmatch(entry)
        assert match is not None, entry
        embedded, name, kind, below, key = match.groups()
        found.append(_Field(name, key or name[0].lower() + name[1:], kind, below, bool(embedded)))
    return tuple(found)


def form(type: str, obj: Object) -> Object:
    """An object of a type with Go's names."""
    if type == "ObjectMeta":
        return {name: obj[name] for name in _META if obj.get(name)}
    if type == "PodSpec":
        own = {name: obj[name] for name in _OF_THE_POD if name in obj}
        obj = {**obj, "securityContext": {**(obj.get("securityContext") or {}), **own}}
    result: Object = {}
    for item in _fields(type):
        if item.embedded:
            result |= form(item.name, (obj.get("metadata") or {}) if item.name == "ObjectMeta" else obj)
        else:
            result[item.name] = _value(item, obj.get(item.key))
    return result


def _value(item: _Field, value: Any) -> Any:
    if item.kind == "*":
        return None if value is None else [form(item.type, entry) for entry in value]
    if item.kind == ":" or (item.type and value is not None):
        return form(item.type, value or {})
    return _ZEROES.get(item.kind) if value is None else value


def rendered(value: Any) -> Rendered:
    """For a fault's value whose fields have their order already."""
    return Rendered(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def internal(type: str, obj: Object) -> Rendered:
    """For a fault's value."""
    return rendered(form(type, obj))


def difference(type: str, old: Object, new: Object) -> str:
    """The lines that two objects of a type differ in, with a few around them."""
    return "".join(list(difflib.unified_diff(_lines(type, old), _lines(type, new)))[2:])


def _lines(type: str, obj: Object) -> list[str]:
    return [f"{line}\n" for line in json.dumps(form(type, obj), indent=1, ensure_ascii=False).split("\n")]
