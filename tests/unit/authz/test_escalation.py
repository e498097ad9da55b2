"""Which permissions are missing to grant others, and how that is said."""

from __future__ import annotations

import time

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.authz.escalation import FULL_AUTHORITY, compact, describe, refusal, uncovered
from tests.unit.authz.objects import Object, rule


@pytest.mark.parametrize(
    ("owned", "wanted", "missing"),
    [
        ([], [], []),
        ([], [rule("get", "-", "pods")], ["get  pods"]),
        ([rule("get", "-", "pods")], [rule("get", "-", "pods")], []),
        ([rule("*", "*", "*")], [rule("get list", "- apps", "pods deployments")], []),
        ([rule("get", "-", "pods")], [rule("get list", "-", "pods")], ["list  pods"]),
        ([rule("get", "-", "pods")], [rule("*", "-", "pods")], ["*  pods"]),
        ([rule("get", "-", "pods")], [rule("get", "*", "pods")], ["get * pods"]),
        ([rule("get", "-", "pods")], [rule("get", "-", "*")], ["get  *"]),
        ([rule("get", "-", "pods secrets")], [rule("get", "-", "pods configmaps")], ["get  configmaps"]),
        # from several rules together
        ([rule("get", "-", "pods"), rule("list", "-", "pods")], [rule("get list", "-", "pods")], []),
        # subresources
        ([rule("get", "-", "pods")], [rule("get", "-", "pods/log")], ["get  pods/log"]),
        ([rule("update", "apps", "*/scale")], [rule("update", "apps", "deployments/scale")], []),
        ([rule("update", "apps", "*/scale")], [rule("update", "apps", "*/scale")], []),
        ([rule("update", "apps", "*/scale")], [rule("update", "apps", "deployments")], ["update apps deployments"]),
        # names
        ([rule("get", "-", "pods", "a")], [rule("get", "-", "pods", "a")], []),
        ([rule("get", "-", "pods", "a")], [rule("get", "-", "pods")], ["get  pods"]),
        ([rule("get", "-", "pods", "a")], [rule("get", "-", "pods", "a", "b")], ["get  pods b"]),
        ([rule("get", "-", "pods")], [rule("get", "-", "pods", "a", "b")], []),
        (
            [rule("get", "-", "pods", "a"), rule("get", "-", "pods", "b")],
            [rule("get", "-", "pods", "a", "b")],
            [],
        ),
        # paths
        ([rule("get", paths="/a")], [rule("get", paths="/a")], []),
        ([rule("get", paths="/a")], [rule("get", paths="/a /b")], ["get /b"]),
        ([rule("get", paths="/a/*")], [rule("get", paths="/a/b /a/*")], []),
        ([rule("get", paths="/a/*")], [rule("get", paths="/*")], ["get /*"]),
        ([rule("get", paths="/a")], [rule("get", paths="*")], ["get *"]),
        ([rule("*", paths="*")], [rule("post", paths="/x")], []),
        ([rule("*", "*", "*")], [rule("get", paths="/x")], ["get /x"]),
        ([rule("*", paths="*")], [rule("get", "-", "pods")], ["get  pods"]),
        # what gives nothing is free
        ([], [rule("", "-", "pods"), rule("get", "-", ""), rule("get", "", "pods")], []),
    ],
)
def test_what_is_missing(owned: list[Object], wanted: list[Object], missing: list[str]) -> None:
    def short(found: Object) -> str:
        if "nonResourceURLs" in found:
            return f"{found['verbs'][0]} {found['nonResourceURLs'][0]}"
        words = [found["verbs"][0], found["apiGroups"][0], found["resources"][0], *found.get("resourceNames", [])]
        return " ".join(words)

    assert [short(found) for found in uncovered(owned, wanted)] == missing


def test_all_rights_cover_all_rights_and_no_others_do() -> None:
    assert uncovered(FULL_AUTHORITY, FULL_AUTHORITY) == []
    assert len(uncovered(FULL_AUTHORITY[:1], FULL_AUTHORITY)) == 1
    assert len(uncovered([], FULL_AUTHORITY)) == 2


def test_a_monstrous_rule_is_not_taken_apart() -> None:
    many = " ".join(f"r{number}" for number in range(2000))
    begun = time.process_time()
    assert len(uncovered([rule("get", "-", "pods")], [rule(many, many, many)])) == 1
    assert uncovered([rule("*", "*", "*")], [rule(many, many, many)]) == []
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (rule("get list", "-", "pods"), '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}'),
        (
            rule("get", "apps", "deployments", "a", "b"),
            '{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["a" "b"], Verbs:["get"]}',
        ),
        (rule("get", paths="/a /b"), '{NonResourceURLs:["/a" "/b"], Verbs:["get"]}'),
        ({"verbs": ['a"b']}, r'{Verbs:["a\"b"]}'),
        ({}, "{}"),
    ],
)
def test_describe(given: Object, text: str) -> None:
    assert describe(given) == text


def test_verbs_of_one_resource_stand_together() -> None:
    singles = [
        rule("get", "-", "pods"),
        rule("get", "-", "pods", "a"),
        rule("list", "-", "pods"),
        rule("get", paths="/x"),
        rule("list", "-", "pods", "a"),
    ]
    assert [describe(found) for found in compact(singles)] == [
        '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["get" "list"]}',
        '{NonResourceURLs:["/x"], Verbs:["get"]}',
    ]
    assert singles[0]["verbs"] == ["get"]


def test_the_refusal_names_user_groups_and_what_is_missing() -> None:
    user = UserInfo("alice", groups=("devs", "system:authenticated"))
    wanted = [rule("get list", "-", "secrets pods"), rule("get", paths="/x")]
    assert refusal(user, [rule("list", "-", "pods")], wanted) == (
        'user "alice" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently '
        'held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n'
        '{NonResourceURLs:["/x"], Verbs:["get"]}'
    )
    assert refusal(user, wanted, wanted) is None
