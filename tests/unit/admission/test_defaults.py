"""Plugins that fill in what an object leaves out: classes, tolerations, finalizers."""

from __future__ import annotations

import pytest

from mini_server.admission.interface import CREATE, UPDATE
from mini_server.admission.plugins.default_class import DefaultIngressClass, DefaultStorageClass
from mini_server.admission.plugins.default_toleration_seconds import DefaultTolerationSeconds
from mini_server.admission.plugins.storage_in_use import StorageObjectInUseProtection
from tests.unit.admission.support import Object, Objects, pod, run, write

STORAGE = {"storageclass.kubernetes.io/is-default-class": "true"}
BETA = {"storageclass.beta.kubernetes.io/is-default-class": "true"}
INGRESS = {"ingressclass.kubernetes.io/is-default-class": "true"}
OLD, NEW = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
Class = tuple[str, dict[str, str], str]


def named(annotations: dict[str, str] | None = None, **spec: str) -> Object:
    return {"metadata": {"name": "o", "annotations": annotations or {}}, "spec": dict(spec)}


@pytest.mark.parametrize(
    ("classes", "obj", "chosen"),
    [
        ([], named(), None),
        ([("a", {}, OLD)], named(), None),
        ([("a", dict.fromkeys(STORAGE, "false"), OLD)], named(), None),
        ([("a", STORAGE, OLD), ("b", {}, NEW)], named(), "a"),
        ([("a", BETA, OLD)], named(), "a"),
        ([("a", STORAGE, OLD), ("b", STORAGE, NEW)], named(), "b"),
        ([("b", STORAGE, NEW), ("a", STORAGE, NEW), ("c", STORAGE, OLD)], named(), "a"),
        ([("a", STORAGE, OLD)], named(storageClassName="other"), "other"),
        ([("a", STORAGE, OLD)], named(storageClassName=""), ""),
        ([("a", STORAGE, OLD)], named({"volume.beta.kubernetes.io/storage-class": "x"}), None),
    ],
)
def test_default_storage_class(classes: list[Class], obj: Object, chosen: str | None) -> None:
    objects = Objects()
    for name, marks, created in classes:
        objects.add("storageclasses", name, annotations=marks, created=created)
    found = run(DefaultStorageClass, write("persistentvolumeclaims", obj), objects)
    assert found["spec"].get("storageClassName") == chosen


@pytest.mark.parametrize(
    ("obj", "chosen"),
    [
        (named(), "nginx"),
        (named(ingressClassName="other"), "other"),
        (named({"kubernetes.io/ingress.class": "other"}), None),
        ({"metadata": {"name": "o"}}, "nginx"),
    ],
)
def test_default_ingress_class(obj: Object, chosen: str | None) -> None:
    objects = Objects()
    objects.add("ingressclasses", "nginx", annotations=INGRESS)
    found = run(DefaultIngressClass, write("ingresses.networking.k8s.io", obj), objects)
    assert found["spec"].get("ingressClassName") == chosen


@pytest.mark.parametrize(("operation", "subresource"), [(UPDATE, ""), (CREATE, "status")])
def test_classes_are_for_new_objects(operation: str, subresource: str) -> None:
    objects = Objects()
    objects.add("storageclasses", "a", annotations=STORAGE)
    asked = write("persistentvolumeclaims", named(), operation=operation, subresource=subresource)
    assert run(DefaultStorageClass, asked, objects) == named()


def _toleration(key: str, **more: object) -> Object:
    return {"key": key, "operator": "Exists", "effect": "NoExecute", **more}


NOT_READY = _toleration("node.kubernetes.io/not-ready", tolerationSeconds=300)
UNREACHABLE = _toleration("node.kubernetes.io/unreachable", tolerationSeconds=300)


@pytest.mark.parametrize(
    ("own", "added"),
    [
        ([], [NOT_READY, UNREACHABLE]),
        ([_toleration("other")], [NOT_READY, UNREACHABLE]),
        ([_toleration("node.kubernetes.io/not-ready", tolerationSeconds=5)], [UNREACHABLE]),
        ([{"key": "node.kubernetes.io/unreachable", "operator": "Exists"}], [NOT_READY]),
        ([_toleration("node.kubernetes.io/not-ready") | {"effect": "NoSchedule"}], [NOT_READY, UNREACHABLE]),
        ([{"operator": "Exists"}], []),
        ([{"operator": "Exists", "effect": "NoExecute"}], []),
        ([{"operator": "Exists", "effect": "NoSchedule"}], [NOT_READY, UNREACHABLE]),
    ],
)
@pytest.mark.parametrize("operation", [CREATE, UPDATE])
def test_default_tolerations(operation: str, own: list[Object], added: list[Object]) -> None:
    asked = write("pods", pod(tolerations=list(own)), operation=operation)
    assert run(DefaultTolerationSeconds, asked)["spec"]["tolerations"] == [*own, *added]


@pytest.mark.parametrize(("resource", "subresource"), [("pods", "status"), ("pods.metrics.k8s.io", "")])
def test_tolerations_are_for_pods(resource: str, subresource: str) -> None:
    assert run(DefaultTolerationSeconds, write(resource, pod(), subresource=subresource)) == pod()


@pytest.mark.parametrize(
    ("resource", "finalizer"),
    [
        ("persistentvolumeclaims", "kubernetes.io/pvc-protection"),
        ("persistentvolumes", "kubernetes.io/pv-protection"),
        ("volumeattributesclasses.storage.k8s.io", "kubernetes.io/vac-protection"),
        ("configmaps", None),
    ],
)
def test_storage_begins_protected(resource: str, finalizer: str | None) -> None:
    found = run(StorageObjectInUseProtection, write(resource, {"metadata": {"name": "o"}}))
    assert found["metadata"].get("finalizers") == (None if finalizer is None else [finalizer])


@pytest.mark.parametrize(
    ("own", "finalizers"),
    [
        (["x"], ["x", "kubernetes.io/pvc-protection"]),
        (["kubernetes.io/pvc-protection", "x"], ["kubernetes.io/pvc-protection", "x"]),
    ],
)
def test_other_finalizers_stay(own: list[str], finalizers: list[str]) -> None:
    obj: Object = {"metadata": {"name": "o", "finalizers": own}}
    assert (
        run(StorageObjectInUseProtection, write("persistentvolumeclaims", obj))["metadata"]["finalizers"] == finalizers
    )
