"""The RBAC objects that a cluster begins with.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go``.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
Rule = dict[str, Any]

_GROUP = "rbac.authorization.k8s.io"
_API = f"{_GROUP}/v1"
_META = {
    "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
    "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
}

READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_ALL = ["*"]
_COORDINATION, _EVENTS = "coordination.k8s.io", "events.k8s.io"


def _rule(groups: str, resources: str, verbs: list[str], *names: str) -> Rule:
    """Groups and resources separated by spaces; ``-`` is the core group."""
    rule: Rule = {
        "apiGroups": ["" if group == "-" else group for group in groups.split()],
        "resources": resources.split(),
        "verbs": verbs,
    }
    return {**rule, "resourceNames": list(names)} if names else rule


def _paths(*paths: str) -> Rule:
    return {"nonResourceURLs": list(paths), "verbs": ["get"]}


def _role(name: str, rules: list[Rule] | None, **labels: str) -> Object:
    meta = {**_META, "name": name, "labels": {**_META["labels"], **labels}}
    return {"apiVersion": _API, "kind": "ClusterRole", "metadata": meta, "rules": rules}


def _aggregated(name: str, *targets: str, **labels: str) -> Object:
    selectors = [{"matchLabels": {f"{_GROUP}/aggregate-to-{target}": "true"}} for target in targets]
    return {**_role(name, None, **labels), "aggregationRule": {"clusterRoleSelectors": selectors}}


def _to(target: str) -> dict[str, str]:
    return {f"{_GROUP}/aggregate-to-{target}": "true"}


_VIEW = [
    _rule(
        "-",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
        "replicationcontrollers/scale serviceaccounts services services/status",
        READ,
    ),
    _rule(
        "-",
        "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
        "resourcequotas resourcequotas/status",
        READ,
    ),
    _rule("-", "namespaces", READ),
    _rule("discovery.k8s.io", "endpointslices", READ),
    _rule(
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets "
        "replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
        READ,
    ),
    _rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", READ),
    _rule("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
    _rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
    _rule("networking.k8s.io", "ingresses ingresses/status networkpolicies", READ),
]
_EDIT = [
    _rule("-", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", READ),
    _rule("-", "serviceaccounts", ["impersonate"]),
    _rule("-", "pods pods/attach pods/exec pods/portforward pods/proxy", WRITE),
    _rule("-", "pods/eviction", ["create"]),
    _rule(
        "-",
        "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets "
        "serviceaccounts services services/proxy",
        WRITE,
    ),
    _rule("-", "serviceaccounts/token", ["create"]),
    _rule(
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets "
        "statefulsets/scale",
        WRITE,
    ),
    _rule("autoscaling", "horizontalpodautoscalers", WRITE),
    _rule("batch", "cronjobs jobs", WRITE),
    _rule("policy", "poddisruptionbudgets", WRITE),
    _rule("networking.k8s.io", "ingresses networkpolicies", WRITE),
    _rule(_COORDINATION, "leases", [*WRITE, *READ]),
]
_ADMIN = [
    _rule("authorization.k8s.io", "localsubjectaccessreviews", ["create"]),
    _rule(_GROUP, "rolebindings roles", [*WRITE, *READ]),
]
_NODE = [
    _rule("authentication.k8s.io", "tokenreviews", ["create"]),
    _rule("authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews", ["create"]),
    _rule("-", "services", READ),
    _rule("-", "nodes", ["create", *READ]),
    _rule("-", "nodes/status", ["patch", "update"]),
    _rule("-", "nodes", ["patch", "update"]),
    _rule("-", "events", ["create", "patch", "update"]),
    _rule("-", "pods", READ),
    _rule("-", "pods", ["create", "delete"]),
    _rule("-", "pods/status", ["patch", "update"]),
    _rule("-", "pods/eviction", ["create"]),
    _rule("-", "configmaps secrets", READ),
    _rule("-", "persistentvolumeclaims persistentvolumes", ["get"]),
    _rule("certificates.k8s.io", "certificatesigningrequests", ["create", *READ]),
    _rule(_COORDINATION, "leases", ["create", "delete", "get", "patch", "update"]),
    _rule("storage.k8s.io", "volumeattachments", ["get"]),
    _rule("-", "serviceaccounts/token", ["create"]),
    _rule("storage.k8s.io", "csidrivers", READ),
    _rule("storage.k8s.io", "csinodes", ["create", "delete", "get", "patch", "update"]),
    _rule("node.k8s.io", "runtimeclasses", READ),
]
_SCHEDULER = [
    _rule(f"- {_EVENTS}", "events", ["create", "patch", "update"]),
    _rule(_COORDINATION, "leases", ["create", *READ, "patch", "update"]),
    _rule("-", "nodes namespaces", READ),
    _rule("-", "pods", ["delete", *READ]),
    _rule("-", "bindings pods/binding", ["create"]),
    _rule("-", "pods/status", ["patch", "update"]),
    _rule("-", "replicationcontrollers services persistentvolumeclaims persistentvolumes", READ),
    _rule("apps", "replicasets statefulsets", READ),
    _rule("policy", "poddisruptionbudgets", READ),
    _rule("storage.k8s.io", "csinodes csidrivers csistoragecapacities storageclasses volumeattachments", READ),
    _rule("resource.k8s.io", "deviceclasses resourceclaims resourceslices", READ),
    _rule("authentication.k8s.io", "tokenreviews", ["create"]),
    _rule("authorization.k8s.io", "subjectaccessreviews", ["create"]),
]
_MANAGER = [
    _rule(f"- {_EVENTS}", "events", ["create", "patch", "update"]),
    _rule(_COORDINATION, "leases", ["create", "get", "list", "update", "watch"]),
    _rule("-", "secrets serviceaccounts", ["create"]),
    _rule("-", "secrets", ["delete"]),
    _rule("-", "configmaps namespaces secrets serviceaccounts", ["get"]),
    _rule("-", "secrets serviceaccounts", ["update"]),
    _rule("authentication.k8s.io", "tokenreviews", ["create"]),
    _rule("authorization.k8s.io", "subjectaccessreviews", ["create"]),
    _rule("*", "*", ["list", "watch"]),
    _rule("-", "serviceaccounts/token", ["create"]),
]

# Rules of the controllers' own accounts; events are added to each.
_CONTROLLERS: dict[str, list[Rule]] = {
    "clusterrole-aggregation-controller": [
        _rule(_GROUP, "clusterroles", ["escalate", "get", "list", "patch", "update", "watch"]),
    ],
    "deployment-controller": [
        _rule("apps", "deployments", ["get", "list", "update", "watch"]),
        _rule("apps", "deployments/status deployments/finalizers", ["update"]),
        _rule("apps", "replicasets", ["create", "delete", "get", "list", "patch", "update", "watch"]),
        _rule("-", "pods", ["get", "list", "update", "watch"]),
    ],
    "endpoint-controller": [
        _rule("-", "pods services", READ),
        _rule("-", "endpoints", ["create", "delete", "get", "list", "update", "watch"]),
        _rule("-", "endpoints/restricted", ["create"]),
    ],
    "endpointslice-controller": [
        _rule("-", "nodes pods services", READ),
        _rule("-", "services/finalizers", ["update"]),
        _rule("discovery.k8s.io", "endpointslices", ["create", "delete", "get", "list", "update", "watch"]),
        _rule("discovery.k8s.io", "endpointslices/restricted", ["create"]),
    ],
    "generic-garbage-collector": [_rule("*", "*", ["delete", "get", "list", "patch", "update", "watch"])],
    "job-controller": [
        _rule("batch", "jobs", ["get", "list", "patch", "update", "watch"]),
        _rule("batch", "jobs/status jobs/finalizers", ["update"]),
        _rule("-", "pods", ["create", "delete", "list", "patch", "watch"]),
    ],
    "namespace-controller": [
        _rule("-", "namespaces", ["delete", "get", "list", "watch"]),
        _rule("-", "namespaces/finalize namespaces/status", ["update"]),
        _rule("*", "*", ["delete", "deletecollection", "get", "list"]),
    ],
    "replicaset-controller": [
        _rule("apps", "replicasets", ["get", "list", "update", "watch"]),
        _rule("apps", "replicasets/status replicasets/finalizers", ["update"]),
        _rule("-", "pods", ["create", "delete", "list", "patch", "watch"]),
    ],
    "root-ca-cert-publisher": [
        _rule("-", "configmaps", ["create", "update"]),
    ],
    "service-account-controller": [_rule("-", "serviceaccounts", ["create"])],
}


def cluster_roles() -> list[Object]:
    """All ClusterRoles."""
    masters = [_rule("*", "*", _ALL), {"nonResourceURLs": _ALL, "verbs": _ALL}]
    discovery = ("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz")
    reviews = "selfsubjectaccessreviews selfsubjectrulesreviews"
    roles = [
        _role("cluster-admin", masters),
        _role("system:discovery", [_paths(*discovery, "/version", "/version/")]),
        _role("system:monitoring", [_paths("/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/readyz")]),
        _role(
            "system:basic-user",
            [
                _rule("authorization.k8s.io", reviews, ["create"]),
                _rule("authentication.k8s.io", "selfsubjectreviews", ["create"]),
            ],
        ),
        _role("system:public-info-viewer", [_paths("/healthz", "/livez", "/readyz", "/version", "/version/")]),
        _aggregated("admin", "admin"),
        _aggregated("edit", "edit", **_to("admin")),
        _aggregated("view", "view", **_to("edit")),
        _role("system:aggregate-to-admin", _ADMIN, **_to("admin")),
        _role("system:aggregate-to-edit", _EDIT, **_to("edit")),
        _role("system:aggregate-to-view", _VIEW, **_to("view")),
        _role("system:node", _NODE),
        _role("system:kube-scheduler", _SCHEDULER),
        _role("system:kube-controller-manager", _MANAGER),
        _role(
            "system:heapster", [_rule("-", "events namespaces nodes pods", READ), _rule("apps", "deployments", READ)]
        ),
        _role(
            "system:node-bootstrapper", [_rule("certificates.k8s.io", "certificatesigningrequests", ["create", *READ])]
        ),
        _role(
            "system:auth-delegator",
            [
                _rule("authentication.k8s.io", "tokenreviews", ["create"]),
                _rule("authorization.k8s.io", "subjectaccessreviews", ["create"]),
            ],
        ),
        _role("system:kubelet-api-admin", [_rule("-", "nodes", READ), _rule("-", "nodes", ["proxy"])]),
        _role(
            "system:service-account-issuer-discovery", [_paths("/.well-known/openid-configuration", "/openid/v1/jwks")]
        ),
    ]
    for name, rules in _CONTROLLERS.items():
        events = _rule(f"- {_EVENTS}", "events", ["create", "patch", "update"])
        roles.append(_role(f"system:controller:{name}", [*rules, events]))
    return roles


def _binding(name: str, role: str, *subjects: Object) -> Object:
    return {
        "apiVersion": _API,
        "kind": "ClusterRoleBinding",
        "metadata": {**_META, "name": name},
        "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": role},
        "subjects": list(subjects),
    }


def _group(name: str) -> Object:
    return {"kind": "Group", "apiGroup": _GROUP, "name": name}


def _user(name: str) -> Object:
    return {"kind": "User", "apiGroup": _GROUP, "name": name}


def cluster_role_bindings() -> list[Object]:
    """All ClusterRoleBindings."""
    everybody = (_group("system:authenticated"), _group("system:unauthenticated"))
    bindings = [
        _binding("cluster-admin", "cluster-admin", _group("system:masters")),
        _binding("system:monitoring", "system:monitoring", _group("system:monitoring")),
        _binding("system:discovery", "system:discovery", everybody[0]),
        _binding("system:basic-user", "system:basic-user", everybody[0]),
        _binding("system:public-info-viewer", "system:public-info-viewer", *everybody),
        _binding(
            "system:kube-controller-manager", "system:kube-controller-manager", _user("system:kube-controller-manager")
        ),
        _binding("system:kube-scheduler", "system:kube-scheduler", _user("system:kube-scheduler")),
        _binding(
            "system:service-account-issuer-discovery",
            "system:service-account-issuer-discovery",
            _group("system:serviceaccounts"),
        ),
    ]
    # The authorizer for nodes has rules of its own; this binding is there for people to add to.
    node = _binding("system:node", "system:node")
    node.pop("subjects")
    bindings.append(node)
    for name in _CONTROLLERS:
        account = {"kind": "ServiceAccount", "name": name, "namespace": "kube-system"}
        full = f"system:controller:{name}"
        bindings.append(_binding(full, full, account))
    return bindings
