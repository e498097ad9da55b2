"""The ClusterRoles and ClusterRoleBindings that a cluster begins with.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go``.
"""

from __future__ import annotations

from mini_server.controlplane.controller_policy import controller_bindings, controller_roles
from mini_server.controlplane.rbac_rules import (
    GROUP,
    READ,
    READ_WRITE,
    WRITE,
    Object,
    Rule,
    account,
    aggregated,
    binding,
    events,
    group,
    labelled,
    paths,
    role,
    rule,
    user,
)

_AUTHENTICATION, _AUTHORIZATION = "authentication.k8s.io", "authorization.k8s.io"
_CERTIFICATES, _COORDINATION = "certificates.k8s.io", "coordination.k8s.io"
_DISCOVERY, _NETWORKING = "discovery.k8s.io", "networking.k8s.io"
_RESOURCE, _STORAGE = "resource.k8s.io", "storage.k8s.io"
_HEALTH = ("/healthz", "/livez", "/readyz")
_VERSION = ("/version", "/version/")
_TOKEN_REVIEWS = rule("create", _AUTHENTICATION, "tokenreviews")
_ACCESS_REVIEWS = rule("create", _AUTHORIZATION, "subjectaccessreviews")

_VIEW = (
    rule(
        READ,
        "-",
        "pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints "
        "persistentvolumeclaims persistentvolumeclaims/status configmaps",
    ),
    rule(
        READ,
        "-",
        "limitranges resourcequotas bindings pods/status resourcequotas/status namespaces/status "
        "replicationcontrollers/status pods/log",
    ),
    rule(READ, "- events.k8s.io", "events"),
    rule(READ, "-", "namespaces"),
    rule(READ, _DISCOVERY, "endpointslices"),
    rule(
        READ,
        "apps",
        "controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status "
        "deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale",
    ),
    rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    rule(READ, "batch", "jobs cronjobs cronjobs/status jobs/status"),
    rule(
        READ,
        "extensions",
        "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status "
        "replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies",
    ),
    rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    rule(READ, _NETWORKING, "networkpolicies ingresses ingresses/status"),
    rule(READ, _RESOURCE, "resourceclaims resourceclaims/status resourceclaimtemplates"),
)
_EDIT = (
    # What lets its reader act as somebody else is not for viewers.
    rule(READ, "-", "pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy"),
    rule("impersonate", "-", "serviceaccounts"),
    rule(WRITE, "-", "pods pods/attach pods/proxy pods/exec pods/portforward"),
    rule("create", "-", "pods/eviction"),
    rule(
        WRITE,
        "-",
        "replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy "
        "persistentvolumeclaims configmaps secrets",
    ),
    rule(WRITE, "- events.k8s.io", "events"),
    rule("create", "-", "serviceaccounts/token"),
    rule(
        WRITE,
        "apps",
        "statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets "
        "replicasets/scale",
    ),
    rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
    rule(WRITE, "batch", "jobs cronjobs"),
    rule(
        WRITE,
        "extensions",
        "daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale "
        "replicationcontrollers/scale networkpolicies",
    ),
    rule(WRITE, "policy", "poddisruptionbudgets"),
    rule(WRITE, _NETWORKING, "networkpolicies ingresses"),
    rule(READ_WRITE, _COORDINATION, "leases"),
    rule(WRITE, _RESOURCE, "resourceclaims resourceclaimtemplates"),
)
_ADMIN = (
    rule("create", _AUTHORIZATION, "localsubjectaccessreviews"),
    rule(READ_WRITE, GROUP, "roles rolebindings"),
)
# What every kubelet may do, as far as no object of its own is meant: see the node authorizer.
NODE_RULES: tuple[Rule, ...] = (
    _TOKEN_REVIEWS,
    rule("create", _AUTHORIZATION, "subjectaccessreviews localsubjectaccessreviews"),
    rule(READ, "-", "services"),
    rule("create get list watch", "-", "nodes"),
    rule("patch update", "-", "nodes/status"),
    rule("patch update", "-", "nodes"),
    events(),
    rule(READ, "-", "pods"),
    rule("create delete", "-", "pods"),
    rule("patch update", "-", "pods/status"),
    rule("create", "-", "pods/eviction"),
    rule(READ, "-", "secrets configmaps"),
    rule("get", "-", "persistentvolumeclaims persistentvolumes"),
    rule("get", "-", "endpoints"),
    rule("create get list watch", _CERTIFICATES, "certificatesigningrequests"),
    rule("create delete get patch update", _COORDINATION, "leases"),
    rule("get", _STORAGE, "volumeattachments"),
    rule("create", "-", "serviceaccounts/token"),
    rule("get patch update", "-", "persistentvolumeclaims/status"),
    rule(READ, _STORAGE, "csidrivers"),
    rule("create delete get patch update", _STORAGE, "csinodes"),
    rule(READ, "node.k8s.io", "runtimeclasses"),
    rule("get", _RESOURCE, "resourceclaims"),
    rule("deletecollection", _RESOURCE, "resourceslices"),
    rule("get", "-", "serviceaccounts"),
)
_SCHEDULER = (
    events(),
    rule("create", _COORDINATION, "leases"),
    rule("get list update watch", _COORDINATION, "leases", "kube-scheduler"),
    rule(READ_WRITE, _COORDINATION, "leasecandidates"),
    rule(READ, "-", "nodes"),
    rule("delete get list watch", "-", "pods"),
    rule("create", "-", "bindings pods/binding"),
    rule("patch update", "-", "pods/status"),
    rule("update", "-", "pods/finalizers"),
    rule(READ, "-", "services replicationcontrollers"),
    rule(READ, "apps extensions", "replicasets"),
    rule(READ, "apps", "statefulsets"),
    rule(READ, "policy", "poddisruptionbudgets"),
    rule(READ, "-", "persistentvolumeclaims persistentvolumes"),
    _TOKEN_REVIEWS,
    _ACCESS_REVIEWS,
    rule(READ, _STORAGE, "csinodes"),
    rule(READ, "-", "namespaces"),
    rule(READ, _STORAGE, "csidrivers"),
    rule(READ, _STORAGE, "csistoragecapacities"),
    rule(READ, _STORAGE, "volumeattachments"),
    rule(READ, _RESOURCE, "deviceclasses"),
    rule("get list patch update watch", _RESOURCE, "resourceclaims"),
    rule("get list patch update watch", _RESOURCE, "resourceclaims/status"),
    rule("patch update", _RESOURCE, "resourceclaims/binding"),
    rule("create delete", _RESOURCE, "resourceclaims"),
    rule(READ, _RESOURCE, "resourceslices"),
)
_MANAGER = (
    events(),
    rule("create", _COORDINATION, "leases"),
    rule("get update", _COORDINATION, "leases", "kube-controller-manager"),
    rule("create", "-", "secrets serviceaccounts"),
    rule("delete", "-", "secrets"),
    rule("get", "-", "namespaces secrets serviceaccounts configmaps"),
    rule("update", "-", "secrets serviceaccounts"),
    _TOKEN_REVIEWS,
    _ACCESS_REVIEWS,
    rule("list watch", "*", "*"),
    rule("create", "-", "serviceaccounts/token"),
)


def cluster_roles() -> list[Object]:
    """All ClusterRoles."""
    return [
        *_for_people(),
        *_for_components(),
        *(
            role(f"system:certificates.k8s.io:certificatesigningrequests:{kind}", _signing(kind))
            for kind in ("nodeclient", "selfnodeclient")
        ),
        *(
            role(f"system:certificates.k8s.io:{name}-approver", rule("approve", _CERTIFICATES, "signers", signer))
            for name, signer in (
                ("legacy-unknown", "kubernetes.io/legacy-unknown"),
                ("kubelet-serving", "kubernetes.io/kubelet-serving"),
                ("kube-apiserver-client", "kubernetes.io/kube-apiserver-client"),
                ("kube-apiserver-client-kubelet", "kubernetes.io/kube-apiserver-client-kubelet"),
            )
        ),
        *controller_roles(),
    ]


def _signing(kind: str) -> Rule:
    return rule("create", _CERTIFICATES, f"certificatesigningrequests/{kind}")


def _for_people() -> list[Object]:
    discovery = ("/openapi", "/openapi/*", "/api", "/api/*", "/apis", "/apis/*")
    checks = tuple(f"{path}/*" for path in _HEALTH)
    return [
        role("cluster-admin", rule("*", "*", "*"), {"verbs": ["*"], "nonResourceURLs": ["*"]}),
        role("system:discovery", paths(*_HEALTH, *_VERSION, *discovery)),
        role(
            "system:monitoring",
            paths("/metrics", "/metrics/slis", "/statusz", "/flagz", *_HEALTH, *checks),
            rule("get", "-", "nodes/metrics"),
        ),
        role(
            "system:basic-user",
            rule("create", _AUTHORIZATION, "selfsubjectaccessreviews selfsubjectrulesreviews"),
            rule("create", _AUTHENTICATION, "selfsubjectreviews"),
        ),
        role("system:public-info-viewer", paths(*_HEALTH, *_VERSION)),
        aggregated("admin", "admin"),
        aggregated("edit", "edit", "admin"),
        aggregated("view", "view", "edit"),
        labelled(role("system:aggregate-to-admin", *_ADMIN), "admin"),
        labelled(role("system:aggregate-to-edit", *_EDIT), "edit"),
        labelled(role("system:aggregate-to-view", *_VIEW), "view"),
    ]


def _for_components() -> list[Object]:
    nodes = rule(READ, "-", "nodes")
    kubelet_api = "nodes/proxy nodes/metrics nodes/stats nodes/log"
    return [
        role(
            "system:heapster",
            rule(READ, "-", "events pods nodes namespaces"),
            rule(READ, "extensions", "deployments"),
        ),
        role("system:node", *NODE_RULES),
        role("system:node-problem-detector", rule("get", "-", "nodes"), rule("patch", "-", "nodes/status"), events()),
        role(
            "system:kubelet-api-admin",
            nodes,
            rule("proxy", "-", "nodes"),
            rule("*", "-", kubelet_api),
            rule("*", "-", "nodes/configz nodes/healthz nodes/pods"),
        ),
        role("system:node-bootstrapper", rule("create get list watch", _CERTIFICATES, "certificatesigningrequests")),
        role("system:auth-delegator", _TOKEN_REVIEWS, _ACCESS_REVIEWS),
        role("system:kube-aggregator", rule(READ, "-", "services endpoints")),
        role("system:kube-controller-manager", *_MANAGER),
        role("system:kube-dns", rule("list watch", "-", "endpoints services")),
        role(
            "system:persistent-volume-provisioner",
            rule("create delete get list watch", "-", "persistentvolumes"),
            rule("get list update watch", "-", "persistentvolumeclaims"),
            rule(READ, _STORAGE, "storageclasses"),
            rule("watch", "-", "events"),
            events(),
        ),
        role("system:kube-scheduler", *_SCHEDULER),
        role(
            "system:volume-scheduler",
            rule("get list patch update watch", "-", "persistentvolumes"),
            rule(READ, _STORAGE, "storageclasses"),
            rule("get list patch update watch", "-", "persistentvolumeclaims"),
        ),
        role(
            "system:node-proxier",
            rule("list watch", "-", "services endpoints"),
            nodes,
            events(),
            rule("list watch", _DISCOVERY, "endpointslices"),
            rule("list watch", _NETWORKING, "servicecidrs"),
        ),
        role(
            "system:service-account-issuer-discovery",
            paths(*(f"{path}{end}" for path in _ISSUER for end in ("", "/"))),
        ),
    ]


_ISSUER = ("/.well-known/openid-configuration", "/openid/v1/jwks")


def cluster_role_bindings() -> list[Object]:
    """All ClusterRoleBindings."""
    authenticated, unauthenticated = group("system:authenticated"), group("system:unauthenticated")
    subjects: dict[str, tuple[Object, ...]] = {
        "cluster-admin": (group("system:masters"),),
        "system:monitoring": (group("system:monitoring"),),
        "system:discovery": (authenticated,),
        "system:basic-user": (authenticated,),
        "system:public-info-viewer": (authenticated, unauthenticated),
        "system:node-proxier": (user("system:kube-proxy"),),
        "system:kube-controller-manager": (user("system:kube-controller-manager"),),
        "system:kube-dns": (account("kube-dns"),),
        "system:kube-scheduler": (user("system:kube-scheduler"),),
        "system:volume-scheduler": (user("system:kube-scheduler"),),
        # The node authorizer has rules of its own; this binding is there for people to add to.
        "system:node": (),
        "system:service-account-issuer-discovery": (group("system:serviceaccounts"),),
    }
    return [*(binding(name, name, *found) for name, found in subjects.items()), *controller_bindings()]
