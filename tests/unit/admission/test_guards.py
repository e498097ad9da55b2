"""Checks that no flag turns off: no grant of rights one lacks, no creation without the right to create."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.admission.guards import CreationByUpdate, Escalation
from mini_server.admission.interface import CREATE, DELETE, UPDATE, AdmissionContext, Attributes
from mini_server.admission.registry import builtin_registry
from mini_server.authn.interface import UserInfo
from mini_server.authz.rbac import RBACAuthorizer
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, run, write
from tests.unit.authz.objects import Reader, binding, rule

GROUP = "rbac.authorization.k8s.io"
ALICE = UserInfo("alice", groups=("devs",))
ROOT = UserInfo("root", groups=("system:masters",))
GET_PODS = rule("get", "-", "pods")
DELETE_PODS = rule("delete", "-", "pods")


@pytest.fixture
def reader() -> Reader:
    """Alice may get pods everywhere, and whatever a test adds to her role."""
    found = Reader()
    found.cluster_roles["alice"] = {"rules": [GET_PODS]}
    found.cluster_roles["strong"] = {"rules": [DELETE_PODS]}
    found.cluster_roles["weak"] = {"rules": [GET_PODS]}
    found.roles["ns", "strong"] = {"rules": [DELETE_PODS]}
    found.cluster_bindings = [binding("alice", "ClusterRole/alice", "User:alice")]
    return found


def check(reader: Reader, asked: Attributes) -> None:
    authorizer = RBACAuthorizer(reader)
    run(lambda context: Escalation(authorizer, authorizer), asked)


def refusal(reader: Reader, asked: Attributes) -> StatusError:
    with pytest.raises(StatusError) as caught:
        check(reader, asked)
    return caught.value


def role(*rules: Object, resource: str = "roles", **more: Any) -> Attributes:
    obj = {"metadata": {"name": "r"}, "rules": list(rules), **more.pop("fields", {})}
    namespace = "ns" if resource == "roles" else ""
    return write(f"{resource}.{GROUP}", obj, namespace=namespace, **{"user": ALICE, **more})


def bind(reference: str, resource: str = "rolebindings", **more: Any) -> Attributes:
    namespace = "ns" if resource == "rolebindings" else ""
    return write(
        f"{resource}.{GROUP}", binding("b", reference, "User:eve"), namespace=namespace, **{"user": ALICE, **more}
    )


def allow(reader: Reader, *rules: Object) -> None:
    reader.cluster_roles["alice"]["rules"] += rules
    reader.revision += 1


@pytest.mark.parametrize("resource", ["roles", "clusterroles"])
def test_rights_that_one_has_may_be_written_down(reader: Reader, resource: str) -> None:
    check(reader, role(GET_PODS, resource=resource))


@pytest.mark.parametrize("resource", ["roles", "clusterroles"])
@pytest.mark.parametrize("operation", [CREATE, UPDATE])
def test_rights_that_one_lacks_may_not(reader: Reader, resource: str, operation: str) -> None:
    old = {"metadata": {"name": "r"}, "rules": []} if operation == UPDATE else None
    error = refusal(reader, role(GET_PODS, DELETE_PODS, resource=resource, operation=operation, old=old))
    assert (error.code, error.message) == (
        403,
        f'{resource}.{GROUP} "r" is forbidden: user "alice" (groups=["devs"]) is attempting to grant RBAC permissions '
        'not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
    )


@pytest.mark.parametrize("resource", ["roles", "clusterroles"])
def test_who_may_escalate_may_write_anything(reader: Reader, resource: str) -> None:
    allow(reader, rule("escalate", GROUP, resource))
    check(reader, role(DELETE_PODS, resource=resource))


def test_escalation_may_be_limited_to_a_role_that_is_there(reader: Reader) -> None:
    allow(reader, rule("escalate", GROUP, "roles", "r"))
    check(reader, role(DELETE_PODS, operation=UPDATE, old={"metadata": {"name": "r"}, "rules": []}))
    assert refusal(reader, role(DELETE_PODS)).code == 403


def test_the_right_to_everything_else_is_not_the_right_to_escalate(reader: Reader) -> None:
    allow(reader, rule("get list watch create update patch delete bind", GROUP, "roles clusterroles"))
    assert refusal(reader, role(DELETE_PODS)).code == 403


def test_masters_write_anything(reader: Reader) -> None:
    check(reader, role(DELETE_PODS, user=ROOT))
    check(reader, bind("ClusterRole/gone", user=ROOT))


AGGREGATED: Object = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}


@pytest.mark.parametrize(
    ("new", "old"),
    [(AGGREGATED, None), (AGGREGATED, {}), ({}, AGGREGATED)],
)
def test_aggregation_needs_all_rights(reader: Reader, new: Object, old: Object | None) -> None:
    previous = None if old is None else {"metadata": {"name": "r", "labels": {}}, "rules": [], **old}
    asked = role(resource="clusterroles", fields=new, operation=UPDATE if previous else CREATE, old=previous)
    error = refusal(reader, asked)
    assert error.message.endswith("must have cluster-admin privileges to use the aggregationRule")
    allow(reader, rule("*", "*", "*"), rule("*", paths="*"))
    check(reader, asked)


@pytest.mark.parametrize(
    ("reference", "resource"),
    [("ClusterRole/weak", "rolebindings"), ("ClusterRole/weak", "clusterrolebindings")],
)
def test_a_role_of_rights_that_one_has_may_be_given(reader: Reader, reference: str, resource: str) -> None:
    check(reader, bind(reference, resource))


@pytest.mark.parametrize(
    ("reference", "resource", "right"),
    [
        ("Role/strong", "rolebindings", "roles"),
        ("ClusterRole/strong", "rolebindings", "clusterroles"),
        ("ClusterRole/strong", "clusterrolebindings", "clusterroles"),
    ],
)
def test_other_roles_need_the_right_to_bind(reader: Reader, reference: str, resource: str, right: str) -> None:
    error = refusal(reader, bind(reference, resource))
    assert (error.code, "permissions not currently held" in error.message) == (403, True)
    allow(reader, rule("bind", GROUP, right, "other"))
    assert refusal(reader, bind(reference, resource)).code == 403
    allow(reader, rule("bind", GROUP, right, "strong"))
    check(reader, bind(reference, resource))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("ClusterRole/gone", f'clusterroles.{GROUP} "gone" not found'),
        ("Role/gone", f'roles.{GROUP} "gone" not found'),
    ],
)
def test_a_role_that_is_not_there_cannot_be_judged(reader: Reader, reference: str, message: str) -> None:
    error = refusal(reader, bind(reference))
    assert (error.code, error.message) == (404, message)
    allow(reader, rule("bind", GROUP, "roles clusterroles"))
    check(reader, bind(reference))


def test_the_garbage_collector_may_touch_any_role(reader: Reader) -> None:
    old: Object = {"metadata": {"name": "r", "finalizers": ["x"], "resourceVersion": "1"}, "rules": [DELETE_PODS]}
    check(reader, role(DELETE_PODS, operation=UPDATE, old=old))
    labelled = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}}
    assert refusal(reader, role(DELETE_PODS, operation=UPDATE, old=labelled)).code == 403


def test_other_writes_are_not_looked_at(reader: Reader) -> None:
    check(reader, write("configmaps", {"metadata": {"name": "m"}}, user=ALICE))
    check(reader, write(f"roles.{GROUP}", operation=DELETE, name="r", user=ALICE))


@pytest.mark.parametrize(
    ("verb", "rights", "good"),
    [
        ("create", "", True),
        ("update", "", False),
        ("patch", "", False),
        ("update", "update", False),
        ("update", "create", True),
    ],
)
def test_an_update_that_creates(reader: Reader, verb: str, rights: str, good: bool) -> None:
    if rights:
        allow(reader, rule(rights, "-", "configmaps"))
    asked = write("configmaps", {"metadata": {"name": "m"}}, user=ALICE, verb=verb)
    authorizer = RBACAuthorizer(reader)
    if good:
        run(lambda context: CreationByUpdate(authorizer), asked)
        return
    with pytest.raises(StatusError) as caught:
        run(lambda context: CreationByUpdate(authorizer), asked)
    assert caught.value.code == 403


class Nothing:
    """Reads nothing."""

    async def get(self, *_: object) -> None:
        return None

    async def list(self, *_: object) -> list[Object]:
        return []


def test_guards_stay_when_every_plugin_is_disabled(reader: Reader) -> None:
    registry = builtin_registry()
    authorizer = RBACAuthorizer(reader)
    guard = Escalation(authorizer, authorizer)
    chain = registry.chain(AdmissionContext(Nothing()), disable=registry.names(), guards=[guard])
    assert chain._validating == [guard]


def test_unknown_plugins_are_named() -> None:
    registry = builtin_registry()
    for enable, disable in ((["Nope"], []), ([], ["Nope"])):
        with pytest.raises(ValueError, match='unknown admission plugin "Nope": known are NamespaceLifecycle, '):
            registry.chain(AdmissionContext(Nothing()), enable, disable)
