"""ClusterRoles of the controllers' service accounts, with the bindings that give them.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go``.
"""

from __future__ import annotations

from collections.abc import Iterator

from mini_server.controlplane.rbac_rules import READ, Object, Rule, account, binding, events, role, rule

_PREFIX = "system:controller:"
_CERTIFICATES = "certificates.k8s.io"
_DISCOVERY = "discovery.k8s.io"
_RESOURCE = "resource.k8s.io"
_STORAGE = "storage.k8s.io"
_APPS = "apps extensions"
_CHANGE = "get list watch update patch"
_SIGNERS = (
    "kubernetes.io/kube-apiserver-client",
    "kubernetes.io/kube-apiserver-client-kubelet",
    "kubernetes.io/kubelet-serving",
    "kubernetes.io/legacy-unknown",
)

_PODS = rule("create delete list patch watch", "-", "pods")
_REVISIONS = rule("create delete get list patch update watch", "apps", "controllerrevisions")
_SLICES = rule("create delete get list update watch", _DISCOVERY, "endpointslices")
_CLAIMS_AND_VOLUMES = (rule(READ, "-", "persistentvolumes"), rule(READ, "-", "persistentvolumeclaims"))


def _workload(groups: str, resource: str, verbs: str) -> tuple[Rule, ...]:
    """A controller's own resource with status and finalizers."""
    return (
        rule(verbs, groups, resource),
        rule("update", groups, f"{resource}/status"),
        rule("update", groups, f"{resource}/finalizers"),
    )


_RULES: dict[str, tuple[Rule, ...]] = {
    "attachdetach-controller": (
        rule("list watch", "-", "persistentvolumes persistentvolumeclaims"),
        rule(READ, "-", "nodes"),
        rule("patch update", "-", "nodes/status"),
        rule("list watch", "-", "pods"),
        events(),
        rule("create delete get list watch", _STORAGE, "volumeattachments"),
        rule(READ, _STORAGE, "csidrivers"),
        rule(READ, _STORAGE, "csinodes"),
    ),
    "certificate-controller": (
        rule("delete get list watch", _CERTIFICATES, "certificatesigningrequests"),
        rule("update", _CERTIFICATES, "certificatesigningrequests/status certificatesigningrequests/approval"),
        rule("approve", _CERTIFICATES, "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
        rule("sign", _CERTIFICATES, "signers", *_SIGNERS),
        rule("create", "authorization.k8s.io", "subjectaccessreviews"),
        events(),
    ),
    "clusterrole-aggregation-controller": (
        rule("escalate get list patch update watch", "rbac.authorization.k8s.io", "clusterroles"),
    ),
    "cronjob-controller": (
        rule("get list update watch", "batch", "cronjobs"),
        rule("create delete get list patch update watch", "batch", "jobs"),
        rule("update", "batch", "cronjobs/status"),
        rule("update", "batch", "cronjobs/finalizers"),
        rule("delete list watch", "-", "pods"),
        events(),
    ),
    "daemon-set-controller": (
        *_workload(_APPS, "daemonsets", READ),
        rule("list watch", "-", "nodes"),
        _PODS,
        rule("create", "-", "pods/binding"),
        _REVISIONS,
        events(),
    ),
    "deployment-controller": (
        *_workload(_APPS, "deployments", "get list update watch"),
        rule("create delete get list patch update watch", _APPS, "replicasets"),
        rule("get list update watch", "-", "pods"),
        events(),
    ),
    "device-taint-eviction-controller": (
        rule("delete get list watch", "-", "pods"),
        rule("patch update", "-", "pods/status"),
        rule(READ, _RESOURCE, "resourceclaims"),
        rule(READ, _RESOURCE, "resourceslices"),
        rule(READ, _RESOURCE, "deviceclasses"),
        events(),
    ),
    "disruption-controller": (
        rule(READ, _APPS, "deployments"),
        rule(READ, _APPS, "replicasets"),
        rule(READ, "-", "replicationcontrollers"),
        rule(READ, "policy", "poddisruptionbudgets"),
        rule(READ, "apps", "statefulsets"),
        rule("update", "policy", "poddisruptionbudgets/status"),
        rule("patch update", "-", "pods/status"),
        rule("get", "*", "*/scale"),
        events(),
    ),
    "endpoint-controller": (
        rule(READ, "-", "services pods"),
        rule("create delete get list update watch", "-", "endpoints"),
        rule("create", "-", "endpoints/restricted"),
        events(),
    ),
    "endpointslice-controller": (
        rule(READ, "-", "services pods nodes"),
        rule("update", "-", "services/finalizers"),
        _SLICES,
        events(),
    ),
    "endpointslicemirroring-controller": (
        rule(READ, "-", "services endpoints"),
        rule("update", "-", "services/finalizers"),
        rule("update", "-", "endpoints/finalizers"),
        _SLICES,
        events(),
    ),
    "ephemeral-volume-controller": (
        rule(READ, "-", "pods"),
        rule("update", "-", "pods/finalizers"),
        rule("create get list watch", "-", "persistentvolumeclaims"),
        events(),
    ),
    "expand-controller": (
        rule(_CHANGE, "-", "persistentvolumes"),
        rule("patch update", "-", "persistentvolumeclaims/status"),
        rule(READ, "-", "persistentvolumeclaims"),
        events(),
    ),
    "generic-garbage-collector": (rule("delete get list patch update watch", "*", "*"), events()),
    "horizontal-pod-autoscaler": (
        rule(READ, "autoscaling", "horizontalpodautoscalers"),
        rule("update", "autoscaling", "horizontalpodautoscalers/status"),
        rule("get update", "*", "*/scale"),
        rule("list watch", "-", "pods"),
        rule("list watch", "metrics.k8s.io", "pods"),
        rule(READ, "custom.metrics.k8s.io", "*"),
        rule(READ, "external.metrics.k8s.io", "*"),
        events(),
    ),
    "job-controller": (*_workload("batch", "jobs", "get list patch update watch"), _PODS, events()),
    "legacy-service-account-token-cleaner": (
        rule("get", "-", "configmaps", "kube-apiserver-legacy-service-account-token-tracking"),
        rule("delete patch", "-", "secrets"),
    ),
    "namespace-controller": (
        rule("delete get list watch", "-", "namespaces"),
        rule("update", "-", "namespaces/finalize namespaces/status"),
        rule("delete deletecollection get list watch", "*", "*"),
    ),
    "node-controller": (
        rule("delete get list patch update watch", "-", "nodes"),
        rule("patch update", "-", "nodes/status"),
        rule("patch update", "-", "pods/status"),
        rule("delete get list watch", "-", "pods"),
        events(),
    ),
    "persistent-volume-binder": (
        rule("create delete get list update watch", "-", "persistentvolumes"),
        rule("update", "-", "persistentvolumes/status"),
        rule("get list update watch", "-", "persistentvolumeclaims"),
        rule("update", "-", "persistentvolumeclaims/status"),
        rule("create delete get list watch", "-", "pods"),
        rule(READ, _STORAGE, "storageclasses"),
        rule("list watch", "-", "nodes"),
        events(),
        rule("watch", "-", "events"),
    ),
    "pod-garbage-collector": (
        rule("delete list watch", "-", "pods"),
        rule(READ, "-", "nodes"),
        rule("patch", "-", "pods/status"),
    ),
    "pv-protection-controller": (rule("get list update watch", "-", "persistentvolumes"), events()),
    "pvc-protection-controller": (
        rule("get list update watch", "-", "persistentvolumeclaims"),
        rule("update", "-", "persistentvolumeclaims/status"),
        rule(READ, "-", "pods"),
        events(),
    ),
    "replicaset-controller": (*_workload(_APPS, "replicasets", "get list update watch"), _PODS, events()),
    "replication-controller": (*_workload("-", "replicationcontrollers", "get list update watch"), _PODS, events()),
    "resource-claim-controller": (
        rule(READ, "-", "pods"),
        rule("update", "-", "pods/finalizers"),
        rule("create delete get list watch", _RESOURCE, "resourceclaims"),
        rule("patch update", _RESOURCE, "resourceclaims resourceclaims/status"),
        rule("patch update", "-", "pods/status"),
        events(),
        rule("patch update", _RESOURCE, "resourceclaims/binding"),
    ),
    "resourcequota-controller": (rule("list watch", "*", "*"), rule("update", "-", "resourcequotas/status"), events()),
    "root-ca-cert-publisher": (rule("create update", "-", "configmaps"), events()),
    "route-controller": (rule("list watch", "-", "nodes"), rule("patch", "-", "nodes/status"), events()),
    "selinux-warning-controller": (
        events(),
        *_CLAIMS_AND_VOLUMES,
        rule(READ, "-", "pods"),
        rule(READ, _STORAGE, "csidrivers"),
    ),
    "service-account-controller": (rule("create", "-", "serviceaccounts"), events()),
    # Not upstream's own: builds of the API server that distributions publish bring it along.
    "service-ca-cert-publisher": (rule("create update", "-", "configmaps"), events()),
    "service-cidrs-controller": (
        rule(_CHANGE, "networking.k8s.io", "servicecidrs"),
        rule("patch update", "networking.k8s.io", "servicecidrs/finalizers"),
        rule("patch update", "networking.k8s.io", "servicecidrs/status"),
        rule(READ, "networking.k8s.io", "ipaddresses"),
        events(),
    ),
    "service-controller": (
        rule(READ, "-", "services"),
        rule("patch update", "-", "services/status"),
        rule("list watch", "-", "nodes"),
        events(),
    ),
    "statefulset-controller": (
        rule("list watch", "-", "pods"),
        *_workload("apps", "statefulsets", READ),
        rule("create delete get patch update", "-", "pods"),
        _REVISIONS,
        rule("create get list watch", "-", "persistentvolumeclaims"),
        rule("delete update", "-", "persistentvolumeclaims"),
        rule("update", "-", "pods/finalizers"),
        events(),
    ),
    "ttl-after-finished-controller": (rule("delete get list watch", "batch", "jobs"), events()),
    "ttl-controller": (rule("list patch update watch", "-", "nodes"), events()),
    "validatingadmissionpolicy-status-controller": (
        rule(READ, "admissionregistration.k8s.io", "validatingadmissionpolicies"),
        rule("get patch update", "admissionregistration.k8s.io", "validatingadmissionpolicies/status"),
        events(),
    ),
    "volumeattributesclass-protection-controller": (
        rule(READ, "-", "persistentvolumeclaims"),
        rule(READ, "-", "persistentvolumes"),
        rule("get list update watch", _STORAGE, "volumeattributesclasses"),
        events(),
    ),
}


def controller_roles() -> Iterator[Object]:
    """The ClusterRoles."""
    for name, rules in _RULES.items():
        yield role(_PREFIX + name, *rules)


def controller_bindings() -> Iterator[Object]:
    """The ClusterRoleBindings."""
    for name in _RULES:
        yield binding(_PREFIX + name, _PREFIX + name, account(name))
