"""Nothing comes into a namespace that is missing or going away; some namespaces never go."""

from __future__ import annotations

import pytest

from mini_server.admission.interface import CREATE, DELETE, UPDATE
from mini_server.admission.plugins.namespace_lifecycle import NamespaceLifecycle
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, Objects, run, write

MAP: Object = {"metadata": {"name": "m"}}


@pytest.fixture
def objects() -> Objects:
    found = Objects()
    found.add("namespaces", "ns", status={"phase": "Active"})
    found.add("namespaces", "ending", status={"phase": "Terminating"})
    found.add("namespaces", "new")
    return found


@pytest.mark.parametrize(
    ("operation", "namespace"),
    [
        *((operation, "ns") for operation in (CREATE, UPDATE, DELETE)),
        *((operation, "ending") for operation in (UPDATE, DELETE)),
        *((operation, "missing") for operation in (UPDATE, DELETE)),
        *((operation, "") for operation in (CREATE, UPDATE, DELETE)),
        (CREATE, "new"),
    ],
)
def test_let_through(objects: Objects, operation: str, namespace: str) -> None:
    run(NamespaceLifecycle, write("configmaps", dict(MAP), operation=operation, namespace=namespace), objects)


def test_a_missing_namespace_takes_nothing(objects: Objects) -> None:
    with pytest.raises(StatusError) as caught:
        run(NamespaceLifecycle, write("configmaps", dict(MAP), namespace="missing"), objects)
    assert (caught.value.code, caught.value.message) == (404, 'namespaces "missing" not found')


def test_a_namespace_that_goes_away_takes_nothing(objects: Objects) -> None:
    with pytest.raises(StatusError) as caught:
        run(NamespaceLifecycle, write("configmaps", dict(MAP), namespace="ending"), objects)
    assert caught.value.code == 403
    assert caught.value.message == (
        'configmaps "m" is forbidden: unable to create new content in namespace ending because it is being terminated'
    )
    assert caught.value.details["causes"] == [
        {
            "reason": "NamespaceTerminating",
            "message": "namespace ending is being terminated",
            "field": "metadata.namespace",
        }
    ]


def test_questions_about_rights_are_no_content(objects: Objects) -> None:
    review = "localsubjectaccessreviews.authorization.k8s.io"
    run(NamespaceLifecycle, write(review, {"metadata": {}}, namespace="missing"), objects)


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_some_namespaces_never_go(objects: Objects, name: str) -> None:
    with pytest.raises(StatusError) as caught:
        run(NamespaceLifecycle, write("namespaces", operation=DELETE, name=name, namespace=name), objects)
    assert (caught.value.code, caught.value.message) == (
        403,
        f'namespaces "{name}" is forbidden: this namespace may not be deleted',
    )


@pytest.mark.parametrize("name", ["kube-node-lease", "ns", "defaults"])
def test_other_namespaces_go(objects: Objects, name: str) -> None:
    run(NamespaceLifecycle, write("namespaces", operation=DELETE, name=name, namespace=name), objects)
