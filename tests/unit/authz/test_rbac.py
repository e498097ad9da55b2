"""From bindings to decisions."""

from __future__ import annotations

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.authz.interface import Attributes, Decision, NonResourceRule, ResourceRule
from mini_server.authz.rbac import RBACAuthorizer
from mini_server.authz.union import AlwaysAllow, AlwaysDeny, UnionAuthorizer
from tests.unit.authz.objects import ALICE, Reader, asks, asks_path, binding, rule

ROBOT = UserInfo("system:serviceaccount:ns:robot", groups=("system:serviceaccounts",))


@pytest.fixture
def reader() -> Reader:
    found = Reader()
    found.cluster_roles["pod-reader"] = {"rules": [rule("get list", "-", "pods")]}
    found.cluster_roles["viewer"] = {"rules": [rule("get", "-", "nodes"), rule("get", paths="/metrics /logs/*")]}
    found.cluster_roles["empty"] = {"rules": None}
    found.roles["ns", "writer"] = {"rules": [rule("update", "apps", "deployments/scale", "web")]}
    found.roles["other", "writer"] = {"rules": [rule("*", "*", "*")]}
    found.cluster_bindings = [
        binding("viewers", "ClusterRole/viewer", "Group:devs"),
        binding("nothing", "ClusterRole/empty", "User:alice"),
        binding("dangling", "ClusterRole/gone", "User:alice"),
    ]
    found.bindings["ns"] = [
        binding("readers", "ClusterRole/pod-reader", "User:bob", "ServiceAccount:robot", "User:alice"),
        binding("writers", "Role/writer", "ServiceAccount:ns/robot"),
    ]
    return found


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (asks("get", "pods"), 'RBAC: allowed by RoleBinding "readers/ns" of ClusterRole "pod-reader" to User "alice"'),
        (asks("get", "pods", namespace="other"), None),
        (asks("get", "pods", namespace=""), None),
        (
            asks("get", "nodes", namespace=""),
            'RBAC: allowed by ClusterRoleBinding "viewers" of ClusterRole "viewer" to Group "devs"',
        ),
        (
            asks("get", "nodes", namespace="anywhere"),
            'RBAC: allowed by ClusterRoleBinding "viewers" of ClusterRole "viewer" to Group "devs"',
        ),
        (
            asks_path("get", "/logs/x"),
            'RBAC: allowed by ClusterRoleBinding "viewers" of ClusterRole "viewer" to Group "devs"',
        ),
        (asks_path("get", "/logs"), None),
        (asks("delete", "pods"), None),
        (
            asks("get", "pods", user=ROBOT),
            'RBAC: allowed by RoleBinding "readers/ns" of ClusterRole "pod-reader" to ServiceAccount "robot/ns"',
        ),
        (
            asks("update", "deployments.apps/scale", user=ROBOT, name="web"),
            'RBAC: allowed by RoleBinding "writers/ns" of Role "writer" to ServiceAccount "robot/ns"',
        ),
        (asks("update", "deployments.apps/scale", user=ROBOT, name="db"), None),
        (asks("update", "deployments.apps/scale", user=ROBOT, name="web", namespace="other"), None),
        (asks("get", "pods", user=UserInfo("eve")), None),
        (asks("get", "pods", user=UserInfo("")), None),
    ],
)
def test_decisions(reader: Reader, question: Attributes, reason: str | None) -> None:
    wanted = (Decision.NO_OPINION, "") if reason is None else (Decision.ALLOW, reason)
    assert RBACAuthorizer(reader).authorize(question) == wanted


def test_a_change_counts_at_once(reader: Reader) -> None:
    authorizer = RBACAuthorizer(reader)
    question = asks("delete", "pods")
    assert authorizer.authorize(question)[0] is Decision.NO_OPINION
    reader.cluster_roles["pod-reader"]["rules"].append(rule("delete", "-", "pods"))
    reader.revision += 1
    assert authorizer.authorize(question)[0] is Decision.ALLOW
    reader.bindings["ns"].clear()
    reader.revision += 1
    assert authorizer.authorize(question)[0] is Decision.NO_OPINION


def test_users_of_one_name_in_different_groups_are_told_apart(reader: Reader) -> None:
    authorizer = RBACAuthorizer(reader)
    assert authorizer.authorize(asks("get", "nodes"))[0] is Decision.ALLOW
    assert authorizer.authorize(asks("get", "nodes", user=UserInfo("alice")))[0] is Decision.NO_OPINION


def test_what_is_remembered_stays_within_bounds(reader: Reader) -> None:
    authorizer = RBACAuthorizer(reader)
    for number in range(10_000):
        authorizer.authorize(asks("get", "pods", user=UserInfo(f"user-{number}")))
    assert len(authorizer._grants) < 5_000
    assert authorizer.authorize(asks("get", "pods"))[0] is Decision.ALLOW


def test_rules_of_a_user(reader: Reader) -> None:
    found = RBACAuthorizer(reader).rules_for(ALICE, "ns")
    assert found.resources == [
        ResourceRule(["get"], [""], ["nodes"], []),
        ResourceRule(["get", "list"], [""], ["pods"], []),
    ]
    assert found.paths == [NonResourceRule(["get"], ["/metrics", "/logs/*"])]
    assert (found.incomplete, found.error) == (False, "")


class Saying(AlwaysDeny):
    """Gives one answer."""

    def __init__(self, decision: Decision, reason: str) -> None:
        self._answer = decision, reason

    def authorize(self, attributes: Attributes) -> tuple[Decision, str]:
        return self._answer


ALLOW, DENY, SILENT = (Saying(decision, decision.value) for decision in Decision)


@pytest.mark.parametrize(
    ("authorizers", "answer"),
    [
        ([], (Decision.NO_OPINION, "")),
        ([ALLOW, DENY], (Decision.ALLOW, "allow")),
        ([DENY, ALLOW], (Decision.DENY, "deny")),
        ([SILENT, ALLOW], (Decision.ALLOW, "allow")),
        ([SILENT, AlwaysAllow()], (Decision.ALLOW, "")),
        ([SILENT, SILENT], (Decision.NO_OPINION, "no opinion\nno opinion")),
        ([AlwaysDeny()], (Decision.NO_OPINION, "Everything is forbidden.")),
    ],
)
def test_the_first_who_knows_decides(authorizers: list[Saying], answer: tuple[Decision, str]) -> None:
    assert UnionAuthorizer(authorizers).authorize(asks("get", "pods")) == answer


def test_masters_may_do_everything() -> None:
    master = UserInfo("root", groups=("system:masters",))
    assert UnionAuthorizer([DENY]).authorize(asks("get", "pods", user=master))[0] is Decision.ALLOW


def test_rules_of_all_modes_together(reader: Reader) -> None:
    found = UnionAuthorizer([AlwaysDeny(), RBACAuthorizer(reader), AlwaysAllow()]).rules_for(ALICE, "nowhere")
    assert found.resources == [ResourceRule(["get"], [""], ["nodes"], []), ResourceRule(["*"], ["*"], ["*"])]
    assert found.paths[-1] == NonResourceRule(["*"], ["*"])
