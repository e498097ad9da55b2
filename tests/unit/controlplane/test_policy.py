"""The RBAC objects that a cluster begins with fit together, and give nobody more than is meant."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.authz.interface import Attributes, Decision
from mini_server.authz.rbac import RBACAuthorizer
from mini_server.controlplane.flow_control import flow_schemas, priority_levels
from mini_server.controlplane.namespace_policy import namespace_role_bindings, namespace_roles
from mini_server.controlplane.rbac_policy import cluster_role_bindings, cluster_roles
from tests.unit.authz.objects import Reader, asks, asks_path

Object = dict[str, Any]

# Rules that match any resource are these roles' alone; disruption and autoscaling read any */scale.
EVERYTHING = {
    "cluster-admin",
    "system:controller:generic-garbage-collector",
    "system:controller:namespace-controller",
    "system:controller:resourcequota-controller",
    "system:kube-controller-manager",
}


def name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def key(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), name(obj)


@pytest.fixture(scope="module")
def authorizer() -> RBACAuthorizer:
    """Over the objects as they are, with aggregated roles filled in."""
    reader = Reader()
    roles = {name(role): dict(role) for role in cluster_roles()}
    for target in ("view", "edit", "admin"):
        label = f"rbac.authorization.k8s.io/aggregate-to-{target}"
        sources = [role for role in roles.values() if role["metadata"]["labels"].get(label) == "true"]
        roles[target]["rules"] = [rule for source in sources for rule in source["rules"]]
    reader.cluster_roles = roles
    reader.cluster_bindings = cluster_role_bindings()
    reader.roles = {key(role): role for role in namespace_roles()}
    for binding in namespace_role_bindings():
        reader.bindings.setdefault(binding["metadata"]["namespace"], []).append(binding)
    reader.bindings["team"] = [
        {
            "metadata": {"name": role},
            "roleRef": {"kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "User", "name": role}],
        }
        for role in ("view", "edit", "admin")
    ]
    return RBACAuthorizer(reader)


def may(authorizer: RBACAuthorizer, question: Attributes) -> bool:
    return authorizer.authorize(question)[0] is Decision.ALLOW


@pytest.mark.parametrize("make", [cluster_roles, cluster_role_bindings, namespace_roles, namespace_role_bindings])
def test_names_stand_once_and_all_are_kept_up_to_date(make: Any) -> None:
    objects = make()
    keys = [key(obj) for obj in objects]
    assert len(set(keys)) == len(keys)
    for obj in objects:
        assert obj["metadata"]["labels"]["kubernetes.io/bootstrapping"] == "rbac-defaults"
        assert obj["metadata"]["annotations"] == {"rbac.authorization.kubernetes.io/autoupdate": "true"}


def test_rules_are_sorted_and_whole() -> None:
    for role in (*cluster_roles(), *namespace_roles()):
        for rule in role["rules"] or []:
            assert rule["verbs"]
            assert ("nonResourceURLs" in rule) != ("resources" in rule and "apiGroups" in rule)
            for values in rule.values():
                assert values == sorted(values)
                assert len(set(values)) == len(values)


def test_only_aggregated_roles_begin_without_rules() -> None:
    assert {name(role) for role in cluster_roles() if not role["rules"]} == {"admin", "edit", "view"}
    assert {name(role) for role in cluster_roles() if "aggregationRule" in role} == {"admin", "edit", "view"}


def test_bindings_lead_to_roles_that_are_there() -> None:
    roles = {name(role) for role in cluster_roles()}
    assert {binding["roleRef"]["name"] for binding in cluster_role_bindings()} <= roles
    inside = {key(role) for role in namespace_roles()}
    for binding in namespace_role_bindings():
        assert binding["roleRef"]["kind"] == "Role"
        assert (binding["metadata"]["namespace"], binding["roleRef"]["name"]) in inside


def test_few_roles_reach_everything() -> None:
    found = {
        name(role)
        for role in cluster_roles()
        for rule in role["rules"] or []
        if rule.get("resources") == ["*"] and rule["apiGroups"] == ["*"]
    }
    assert found == EVERYTHING


def test_only_masters_are_bound_to_the_role_that_may_do_everything() -> None:
    (binding,) = [b for b in cluster_role_bindings() if b["roleRef"]["name"] == "cluster-admin"]
    assert [subject["name"] for subject in binding["subjects"]] == ["system:masters"]


ANONYMOUS = UserInfo("system:anonymous", groups=("system:unauthenticated",))
SOMEBODY = UserInfo("somebody", groups=("system:authenticated",))


@pytest.mark.parametrize(
    ("path", "anonymous", "somebody"),
    [
        ("/healthz", True, True),
        ("/livez", True, True),
        ("/readyz", True, True),
        ("/version", True, True),
        ("/version/", True, True),
        ("/api", False, True),
        ("/apis/apps/v1", False, True),
        ("/openapi/v2", False, True),
        ("/", False, False),
        ("/metrics", False, False),
        ("/healthz/etcd", False, False),
        ("/openid/v1/jwks", False, False),
        ("/logs", False, False),
        ("/apisx", False, False),
    ],
)
def test_public_paths(authorizer: RBACAuthorizer, path: str, anonymous: bool, somebody: bool) -> None:
    assert may(authorizer, asks_path("get", path, ANONYMOUS)) is anonymous
    assert may(authorizer, asks_path("get", path, SOMEBODY)) is somebody
    assert not may(authorizer, asks_path("post", path, SOMEBODY))


@pytest.mark.parametrize("verb", ["get", "list", "watch", "create", "update", "patch", "delete", "impersonate", "bind"])
@pytest.mark.parametrize("resource", ["pods", "secrets", "nodes", "users", "clusterroles.rbac.authorization.k8s.io"])
def test_strangers_have_no_resources(authorizer: RBACAuthorizer, verb: str, resource: str) -> None:
    for user in (ANONYMOUS, SOMEBODY):
        assert not may(authorizer, asks(verb, resource, user=user, namespace="kube-system"))


def test_everybody_may_ask_about_themselves(authorizer: RBACAuthorizer) -> None:
    for resource in (
        "selfsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io",
        "selfsubjectreviews.authentication.k8s.io",
    ):
        assert may(authorizer, asks("create", resource, user=SOMEBODY, namespace=""))
        assert not may(authorizer, asks("create", resource, user=ANONYMOUS, namespace=""))


@pytest.mark.parametrize(
    ("verb", "resource", "who"),
    [
        ("get", "pods", "view edit admin"),
        ("get", "pods/log", "view edit admin"),
        ("list", "deployments.apps", "view edit admin"),
        ("get", "secrets", "edit admin"),
        ("create", "pods", "edit admin"),
        ("create", "pods/exec", "edit admin"),
        ("update", "deployments.apps/scale", "edit admin"),
        ("impersonate", "serviceaccounts", "edit admin"),
        ("create", "serviceaccounts/token", "edit admin"),
        ("create", "events.events.k8s.io", "edit admin"),
        ("create", "rolebindings.rbac.authorization.k8s.io", "admin"),
        ("create", "localsubjectaccessreviews.authorization.k8s.io", "admin"),
        ("update", "resourcequotas", ""),
        ("update", "pods/status", ""),
        ("delete", "namespaces", ""),
        ("get", "nodes", ""),
        ("escalate", "roles.rbac.authorization.k8s.io", ""),
        ("bind", "clusterroles.rbac.authorization.k8s.io", ""),
    ],
)
def test_viewers_editors_and_admins(authorizer: RBACAuthorizer, verb: str, resource: str, who: str) -> None:
    allowed = [
        role
        for role in ("view", "edit", "admin")
        if may(authorizer, asks(verb, resource, user=UserInfo(role), namespace="team"))
    ]
    assert allowed == who.split()
    assert not any(may(authorizer, asks(verb, resource, user=UserInfo(role), namespace="other")) for role in allowed)


@pytest.mark.parametrize(
    ("user", "verb", "resource", "object_name", "namespace", "allowed"),
    [
        ("system:kube-scheduler", "create", "pods/binding", "", "a", True),
        ("system:kube-scheduler", "update", "leases.coordination.k8s.io", "kube-scheduler", "kube-system", True),
        ("system:kube-scheduler", "update", "leases.coordination.k8s.io", "other", "kube-system", False),
        ("system:kube-scheduler", "get", "secrets", "", "a", False),
        ("system:kube-scheduler", "get", "configmaps", "extension-apiserver-authentication", "kube-system", True),
        ("system:kube-scheduler", "get", "configmaps", "other", "kube-system", False),
        ("system:kube-controller-manager", "list", "anything.example.org", "", "a", True),
        ("system:kube-controller-manager", "delete", "pods", "", "a", False),
        ("system:kube-proxy", "list", "services", "", "", True),
        ("system:kube-proxy", "get", "secrets", "", "", False),
        ("system:serviceaccount:kube-system:job-controller", "create", "pods", "", "a", True),
        ("system:serviceaccount:other:job-controller", "create", "pods", "", "a", False),
        ("system:serviceaccount:kube-system:token-cleaner", "delete", "secrets", "x", "kube-system", True),
        ("system:serviceaccount:kube-system:token-cleaner", "delete", "secrets", "x", "default", False),
        ("system:serviceaccount:kube-system:namespace-controller", "deletecollection", "x.example.org", "", "a", True),
        ("system:node:n", "get", "secrets", "x", "a", False),
    ],
)
def test_components(
    authorizer: RBACAuthorizer,
    user: str,
    verb: str,
    resource: str,
    object_name: str,
    namespace: str,
    allowed: bool,
) -> None:
    question = asks(verb, resource, user=UserInfo(user), name=object_name, namespace=namespace)
    assert may(authorizer, question) is allowed


def test_flow_schemas_lead_to_levels_that_are_there() -> None:
    levels = {name(level) for level in priority_levels()}
    assert {schema["spec"]["priorityLevelConfiguration"]["name"] for schema in flow_schemas()} <= levels
    assert len(levels) == len(list(priority_levels()))
    precedences = [(schema["spec"]["matchingPrecedence"], name(schema)) for schema in flow_schemas()]
    assert (min(precedences)[1], max(precedences)[1]) == ("exempt", "catch-all")
