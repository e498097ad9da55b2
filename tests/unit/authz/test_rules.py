"""What one rule allows."""

from __future__ import annotations

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.authz.interface import Attributes
from mini_server.authz.rbac import rule_allows, subject_is
from tests.unit.authz.objects import Object, asks, asks_path, rule, subject


@pytest.mark.parametrize(
    ("given", "question", "allowed"),
    [
        (rule("get", "-", "pods"), asks("get", "pods"), True),
        (rule("get", "-", "pods"), asks("list", "pods"), False),
        (rule("get list", "-", "pods"), asks("list", "pods"), True),
        (rule("*", "-", "pods"), asks("deletecollection", "pods"), True),
        (rule("Get", "-", "pods"), asks("get", "pods"), False),
        (rule("g*", "-", "pods"), asks("get", "pods"), False),
        (rule("", "-", "pods"), asks("get", "pods"), False),
        # groups
        (rule("get", "-", "deployments"), asks("get", "deployments.apps"), False),
        (rule("get", "apps", "deployments"), asks("get", "deployments.apps"), True),
        (rule("get", "apps batch", "jobs"), asks("get", "jobs.batch"), True),
        (rule("get", "*", "jobs"), asks("get", "jobs.batch"), True),
        (rule("get", "", "pods"), asks("get", "pods"), False),
        (rule("get", "*.k8s.io", "leases"), asks("get", "leases.coordination.k8s.io"), False),
        # resources and subresources
        (rule("get", "-", "secrets"), asks("get", "pods"), False),
        (rule("get", "-", "*"), asks("get", "pods"), True),
        (rule("get", "-", "*"), asks("get", "pods/log"), True),
        (rule("get", "-", "pods"), asks("get", "pods/log"), False),
        (rule("get", "-", "pods/log"), asks("get", "pods/log"), True),
        (rule("get", "-", "pods/log"), asks("get", "pods"), False),
        (rule("get", "-", "pods/*"), asks("get", "pods/log"), False),
        (rule("update", "*", "*/scale"), asks("update", "deployments.apps/scale"), True),
        (rule("update", "*", "*/scale"), asks("update", "deployments.apps/status"), False),
        (rule("update", "*", "*/scale"), asks("update", "deployments.apps"), False),
        (rule("update", "*", "*/"), asks("update", "deployments.apps"), False),
        (rule("get", "-", ""), asks("get", "pods"), False),
        # names
        (rule("get", "-", "pods", "a"), asks("get", "pods", name="a"), True),
        (rule("get", "-", "pods", "a", "b"), asks("get", "pods", name="b"), True),
        (rule("get", "-", "pods", "a"), asks("get", "pods", name="c"), False),
        (rule("list", "-", "pods", "a"), asks("list", "pods"), False),
        (rule("create", "-", "pods", "a"), asks("create", "pods"), False),
        (rule("get", "-", "pods", "*"), asks("get", "pods", name="a"), False),
        (rule("update", "-", "pods/log", "a"), asks("update", "pods/log", name="a"), True),
        # a rule about paths says nothing of resources, and the other way round
        (rule("get", paths="*"), asks("get", "pods"), False),
        (rule("get", "*", "*"), asks_path("get", "/metrics"), False),
    ],
)
def test_resources(given: Object, question: Attributes, allowed: bool) -> None:
    assert rule_allows(given, question) is allowed


@pytest.mark.parametrize(
    ("pattern", "path", "allowed"),
    [
        ("/healthz", "/healthz", True),
        ("/healthz", "/healthz/etcd", False),
        ("/healthz", "/healthz/", False),
        ("/healthz/", "/healthz", False),
        ("/healthz*", "/healthz", True),
        ("/healthz*", "/healthz-extra", True),
        ("/healthz/*", "/healthz/etcd", True),
        ("/healthz/*", "/healthz/a/b", True),
        ("/healthz/*", "/healthz/", True),
        ("/healthz/*", "/healthz", False),
        ("*", "/anything", True),
        ("*", "", True),
        ("/a*b", "/axb", False),
        ("/a*", "/A", False),
        ("/apis/**", "/apis/x", True),
        ("*/x", "/y/x", False),
        ("", "/", False),
    ],
)
def test_paths(pattern: str, path: str, allowed: bool) -> None:
    assert rule_allows({"verbs": ["get"], "nonResourceURLs": [pattern]}, asks_path("get", path)) is allowed


def test_a_path_needs_its_verb() -> None:
    given = rule("get", paths="/x")
    assert rule_allows(given, asks_path("get", "/x"))
    assert not rule_allows(given, asks_path("post", "/x"))
    assert rule_allows(rule("*", paths="/x"), asks_path("post", "/x"))


@pytest.mark.parametrize(
    ("text", "user", "namespace", "means"),
    [
        ("User:alice", UserInfo("alice"), "", True),
        ("User:alice", UserInfo("Alice"), "", False),
        ("User:*", UserInfo("alice"), "", False),
        ("User:devs", UserInfo("alice", groups=("devs",)), "", False),
        ("Group:devs", UserInfo("alice", groups=("qa", "devs")), "", True),
        ("Group:devs", UserInfo("devs"), "", False),
        ("Group:alice", UserInfo("alice"), "", False),
        ("ServiceAccount:ns/robot", UserInfo("system:serviceaccount:ns:robot"), "", True),
        ("ServiceAccount:ns/robot", UserInfo("system:serviceaccount:other:robot"), "ns", False),
        ("ServiceAccount:robot", UserInfo("system:serviceaccount:ns:robot"), "ns", True),
        ("ServiceAccount:robot", UserInfo("system:serviceaccount::robot"), "", False),
        ("ServiceAccount:robot", UserInfo("robot"), "ns", False),
        ("User:system:serviceaccount:ns:robot", UserInfo("system:serviceaccount:ns:robot"), "", True),
        ("Node:alice", UserInfo("alice"), "", False),
        ("user:alice", UserInfo("alice"), "", False),
    ],
)
def test_subjects(text: str, user: UserInfo, namespace: str, means: bool) -> None:
    assert subject_is(subject(text), user, namespace) is means
