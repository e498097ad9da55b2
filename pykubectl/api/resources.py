"""Every resource that Kubernetes 1.36 serves by default.

The published definitions tell shapes; what they do not tell stands here: plural and short names, scope, verbs,
categories, subresources, and the order of groups and versions (which is their priority).
Source: kubernetes ``pkg/registry/*/rest`` and ``pkg/controlplane/apiserver/aggregator.go`` (priorities).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pykubectl.machinery.schema import GroupResource, GroupVersionKind, GroupVersionResource

FULL = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_CREATE = ("create",)
_CHANGE = ("get", "patch", "update")
_CONNECT = ("create", "get")
_PROXY = ("create", "delete", "get", "patch", "update")


class Subresource(NamedTuple):
    """A subresource: its kind (group and version empty: those of its resource) and its verbs."""

    name: str
    kind: GroupVersionKind
    verbs: tuple[str, ...]


class Resource(NamedTuple):
    """A resource of a group and version."""

    group: str
    version: str
    plural: str
    kind: str
    singular: str
    namespaced: bool
    verbs: tuple[str, ...] = FULL
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    storage_version: bool = True

    @property
    def gvr(self) -> GroupVersionResource:
        """Group, version and plural name."""
        return GroupVersionResource(self.group, self.version, self.plural)

    @property
    def gvk(self) -> GroupVersionKind:
        """Group, version and kind."""
        return GroupVersionKind(self.group, self.version, self.kind)

    @property
    def group_resource(self) -> GroupResource:
        """Group and plural name."""
        return GroupResource(self.group, self.plural)

    def subresource(self, name: str) -> Subresource | None:
        """A subresource by its name."""
        return next((sub for sub in self.subresources if sub.name == name), None)

    @property
    def persisted(self) -> bool:
        """Objects of it are stored; reviews and bindings are answered and forgotten."""
        return "get" in self.verbs and self.plural != "componentstatuses"


_ALL = ("all",)
_EXTENSIONS = ("api-extensions",)
_SCALE = Subresource("scale", GroupVersionKind("autoscaling", "v1", "Scale"), _CHANGE)


def _sub(name: str, kind: str, *verbs: str, group: str = "", version: str = "") -> Subresource:
    return Subresource(name, GroupVersionKind(group, version, kind), verbs or _CHANGE)


class _Row(NamedTuple):
    """A line of the table: names as ``plural Kind [short,short]``, ``status`` where it has a status subresource."""

    names: str
    namespaced: bool = True
    status: bool = False
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    verbs: tuple[str, ...] = FULL


_NS, _CLUSTER = True, False

_TABLE: dict[str, tuple[_Row, ...]] = {
    "v1": (
        _Row("bindings Binding", verbs=_CREATE),
        _Row("componentstatuses ComponentStatus cs", _CLUSTER, verbs=("get", "list")),
        _Row("configmaps ConfigMap cm"),
        _Row("endpoints Endpoints ep"),
        _Row("events Event ev"),
        _Row("limitranges LimitRange limits"),
        _Row(
            "namespaces Namespace ns",
            _CLUSTER,
            status=True,
            subresources=(_sub("finalize", "Namespace", "update"),),
            verbs=tuple(verb for verb in FULL if verb != "deletecollection"),
        ),
        _Row("nodes Node no", _CLUSTER, status=True, subresources=(_sub("proxy", "NodeProxyOptions", *_PROXY),)),
        _Row("persistentvolumeclaims PersistentVolumeClaim pvc", status=True),
        _Row("persistentvolumes PersistentVolume pv", _CLUSTER, status=True),
        _Row(
            "pods Pod po",
            status=True,
            categories=_ALL,
            subresources=(
                _sub("attach", "PodAttachOptions", *_CONNECT),
                _sub("binding", "Binding", "create"),
                _sub("ephemeralcontainers", "Pod"),
                _sub("eviction", "Eviction", "create", group="policy", version="v1"),
                _sub("exec", "PodExecOptions", *_CONNECT),
                _sub("log", "Pod", "get"),
                _sub("portforward", "PodPortForwardOptions", *_CONNECT),
                _sub("proxy", "PodProxyOptions", *_PROXY),
                _sub("resize", "Pod"),
            ),
        ),
        _Row("podtemplates PodTemplate"),
        _Row("replicationcontrollers ReplicationController rc", status=True, categories=_ALL, subresources=(_SCALE,)),
        _Row("resourcequotas ResourceQuota quota", status=True),
        _Row("secrets Secret"),
        _Row(
            "serviceaccounts ServiceAccount sa",
            subresources=(_sub("token", "TokenRequest", "create", group="authentication.k8s.io", version="v1"),),
        ),
        _Row(
            "services Service svc",
            status=True,
            categories=_ALL,
            subresources=(_sub("proxy", "ServiceProxyOptions", *_PROXY),),
        ),
    ),
    "apiregistration.k8s.io/v1": (_Row("apiservices APIService", _CLUSTER, status=True, categories=_EXTENSIONS),),
    "apps/v1": (
        _Row("controllerrevisions ControllerRevision"),
        _Row("daemonsets DaemonSet ds", status=True, categories=_ALL),
        _Row("deployments Deployment deploy", status=True, categories=_ALL, subresources=(_SCALE,)),
        _Row("replicasets ReplicaSet rs", status=True, categories=_ALL, subresources=(_SCALE,)),
        _Row("statefulsets StatefulSet sts", status=True, categories=_ALL, subresources=(_SCALE,)),
    ),
    "events.k8s.io/v1": (_Row("events Event ev"),),
    "authentication.k8s.io/v1": (
        _Row("selfsubjectreviews SelfSubjectReview", _CLUSTER, verbs=_CREATE),
        _Row("tokenreviews TokenReview", _CLUSTER, verbs=_CREATE),
    ),
    "authorization.k8s.io/v1": (
        _Row("localsubjectaccessreviews LocalSubjectAccessReview", verbs=_CREATE),
        _Row("selfsubjectaccessreviews SelfSubjectAccessReview", _CLUSTER, verbs=_CREATE),
        _Row("selfsubjectrulesreviews SelfSubjectRulesReview", _CLUSTER, verbs=_CREATE),
        _Row("subjectaccessreviews SubjectAccessReview", _CLUSTER, verbs=_CREATE),
    ),
    "autoscaling/v2": (_Row("horizontalpodautoscalers HorizontalPodAutoscaler hpa", status=True, categories=_ALL),),
    "autoscaling/v1": (_Row("horizontalpodautoscalers HorizontalPodAutoscaler hpa", status=True, categories=_ALL),),
    "batch/v1": (
        _Row("cronjobs CronJob cj", status=True, categories=_ALL),
        _Row("jobs Job", status=True, categories=_ALL),
    ),
    "certificates.k8s.io/v1": (
        _Row(
            "certificatesigningrequests CertificateSigningRequest csr",
            _CLUSTER,
            status=True,
            subresources=(_sub("approval", "CertificateSigningRequest"),),
        ),
    ),
    "networking.k8s.io/v1": (
        _Row("ingressclasses IngressClass", _CLUSTER),
        _Row("ingresses Ingress ing", status=True),
        _Row("ipaddresses IPAddress ip", _CLUSTER),
        _Row("networkpolicies NetworkPolicy netpol"),
        _Row("servicecidrs ServiceCIDR", _CLUSTER, status=True),
    ),
    "policy/v1": (_Row("poddisruptionbudgets PodDisruptionBudget pdb", status=True),),
    "rbac.authorization.k8s.io/v1": (
        _Row("clusterrolebindings ClusterRoleBinding", _CLUSTER),
        _Row("clusterroles ClusterRole", _CLUSTER),
        _Row("rolebindings RoleBinding"),
        _Row("roles Role"),
    ),
    "storage.k8s.io/v1": (
        _Row("csidrivers CSIDriver", _CLUSTER),
        _Row("csinodes CSINode", _CLUSTER),
        _Row("csistoragecapacities CSIStorageCapacity"),
        _Row("storageclasses StorageClass sc", _CLUSTER),
        _Row("volumeattachments VolumeAttachment", _CLUSTER, status=True),
        _Row("volumeattributesclasses VolumeAttributesClass vac", _CLUSTER),
    ),
    "admissionregistration.k8s.io/v1": (
        _Row("mutatingadmissionpolicies MutatingAdmissionPolicy", _CLUSTER, categories=_EXTENSIONS),
        _Row("mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding", _CLUSTER, categories=_EXTENSIONS),
        _Row("mutatingwebhookconfigurations MutatingWebhookConfiguration", _CLUSTER, categories=_EXTENSIONS),
        _Row("validatingadmissionpolicies ValidatingAdmissionPolicy", _CLUSTER, status=True, categories=_EXTENSIONS),
        _Row("validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding", _CLUSTER, categories=_EXTENSIONS),
        _Row("validatingwebhookconfigurations ValidatingWebhookConfiguration", _CLUSTER, categories=_EXTENSIONS),
    ),
    "apiextensions.k8s.io/v1": (
        _Row(
            "customresourcedefinitions CustomResourceDefinition crd,crds",
            _CLUSTER,
            status=True,
            categories=_EXTENSIONS,
        ),
    ),
    "scheduling.k8s.io/v1": (_Row("priorityclasses PriorityClass pc", _CLUSTER),),
    "coordination.k8s.io/v1": (_Row("leases Lease"),),
    "node.k8s.io/v1": (_Row("runtimeclasses RuntimeClass", _CLUSTER),),
    "discovery.k8s.io/v1": (_Row("endpointslices EndpointSlice"),),
    "resource.k8s.io/v1": (
        _Row("deviceclasses DeviceClass", _CLUSTER),
        _Row("resourceclaims ResourceClaim", status=True),
        _Row("resourceclaimtemplates ResourceClaimTemplate"),
        _Row("resourceslices ResourceSlice", _CLUSTER),
    ),
    "flowcontrol.apiserver.k8s.io/v1": (
        _Row("flowschemas FlowSchema", _CLUSTER, status=True),
        _Row("prioritylevelconfigurations PriorityLevelConfiguration", _CLUSTER, status=True),
    ),
}

# Resources that are stored under another group or version than they are served in: one store, several views.
STORED_AS = {
    GroupVersionResource("events.k8s.io", "v1", "events"): GroupVersionResource("", "v1", "events"),
    GroupVersionResource("autoscaling", "v1", "horizontalpodautoscalers"): GroupVersionResource(
        "autoscaling", "v2", "horizontalpodautoscalers"
    ),
}


def _resources() -> Iterator[Resource]:
    for group_version, rows in _TABLE.items():
        group, _, version = group_version.rpartition("/")
        for row in rows:
            plural, kind, *short = row.names.split()
            subresources = row.subresources + ((_sub("status", kind),) if row.status else ())
            singular = "endpoints" if plural == "endpoints" else kind.lower()
            yield Resource(
                group,
                version,
                plural,
                kind,
                singular,
                row.namespaced,
                row.verbs,
                tuple(short[0].split(",")) if short else (),
                row.categories,
                tuple(sorted(subresources)),
                GroupVersionResource(group, version, plural) not in STORED_AS,
            )


RESOURCES: tuple[Resource, ...] = tuple(_resources())

# Groups in order of priority, each with its versions in order of preference.
GROUPS: dict[str, tuple[str, ...]] = {}
for _resource in RESOURCES:
    _versions = GROUPS.get(_resource.group, ())
    if _resource.version not in _versions:
        GROUPS[_resource.group] = (*_versions, _resource.version)


def find(gvr: GroupVersionResource) -> Resource | None:
    """A resource by group, version and plural name."""
    return _BY_GVR.get(gvr)


_BY_GVR = {resource.gvr: resource for resource in RESOURCES}
