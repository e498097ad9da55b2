"""What the strategies of the built-in resources say in one word each, as tables.

Source: kubernetes ``pkg/registry/*/*/strategy.go`` and the stores beside them,
``pkg/kubeapiserver/default_storage_factory_builder.go``.
"""

from __future__ import annotations

from pykubectl.machinery.schema import GroupResource, GroupVersionResource

# PUT on a name that is not there creates the object: AllowCreateOnUpdate.
CREATE_ON_UPDATE = frozenset(
    (
        "services",
        "endpoints",
        "events",
        "leases",
        "limitranges",
        "runtimeclasses",
        "roles",
        "rolebindings",
        "clusterroles",
        "clusterrolebindings",
    )
)

# An update has to name the version that it is a change of: AllowUnconditionalUpdate is false.
CONDITIONAL_UPDATE = frozenset(
    (
        "apiservices",
        "csidrivers",
        "csinodes",
        "csistoragecapacities",
        "customresourcedefinitions",
        "leases",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "mutatingwebhookconfigurations",
        "poddisruptionbudgets",
        "runtimeclasses",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
        "volumeattachments",
    )
)

# Objects whose strategies set no generation.
WITHOUT_GENERATION = frozenset(
    (
        "configmaps",
        "secrets",
        "events",
        "endpoints",
        "leases",
        "limitranges",
        "resourcequotas",
        "namespaces",
        "nodes",
        "persistentvolumes",
        "persistentvolumeclaims",
        "serviceaccounts",
        "services",
        "controllerrevisions",
        "apiservices",
        "certificatesigningrequests",
        "ipaddresses",
        "servicecidrs",
        "roles",
        "rolebindings",
        "clusterroles",
        "clusterrolebindings",
        "csidrivers",
        "csinodes",
        "csistoragecapacities",
        "storageclasses",
        "volumeattachments",
        "volumeattributesclasses",
        "runtimeclasses",
        "horizontalpodautoscalers",
        "resourceclaims",
        "resourceclaimtemplates",
    )
)

# The generation is 1 for ever.
FIRST_GENERATION_ONLY = frozenset(("priorityclasses",))

# A deletion answers with the object even when it is gone at once: ReturnDeletedObject.
RETURNS_DELETED = frozenset(
    (
        "pods",
        "namespaces",
        "services",
        "persistentvolumes",
        "persistentvolumeclaims",
        "serviceaccounts",
        "podtemplates",
        "resourcequotas",
        "csidrivers",
        "csinodes",
        "csistoragecapacities",
        "storageclasses",
        "volumeattachments",
        "volumeattributesclasses",
        "deviceclasses",
        "resourceclaims",
        "resourceclaimtemplates",
        "resourceslices",
    )
)

# Their first versions left dependents alone, and so do they still: DefaultGarbageCollectionPolicy.
ORPHANS_BY_DEFAULT = frozenset(("jobs", "replicationcontrollers"))

# A write of the status changes nothing of the metadata: ResetObjectMetaForStatus.
STATUS_KEEPS_METADATA = frozenset(
    (
        "validatingadmissionpolicies",
        "flowschemas",
        "prioritylevelconfigurations",
        "resourceclaims",
        "servicecidrs",
        "customresourcedefinitions",
    )
)

# Where objects are stored that are not below their resource's name: SpecialDefaultResourcePrefixes.
_SPECIAL_PREFIXES = {
    GroupResource("", "replicationcontrollers"): "controllers",
    GroupResource("", "endpoints"): "services/endpoints",
    GroupResource("", "nodes"): "minions",
    GroupResource("", "services"): "services/specs",
    GroupResource("networking.k8s.io", "ingresses"): "ingress",
}
# Groups of servers that the main one delegates to: those keep their objects below the group's name.
_BELOW_GROUP = frozenset(("apiextensions.k8s.io", "apiregistration.k8s.io"))


def storage_prefix(gvr: GroupVersionResource) -> str:
    """``/registry/deployments``, ``/registry/minions``: below it come namespace and name."""
    special = _SPECIAL_PREFIXES.get(GroupResource(gvr.group, gvr.resource))
    if special is not None:
        return f"/registry/{special}"
    return f"/registry/{gvr.group}/{gvr.resource}" if gvr.group in _BELOW_GROUP else f"/registry/{gvr.resource}"
