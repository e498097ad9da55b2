"""RuntimeClass and PodNodeSelector: what decides on the nodes of a pod beside the pod."""

from __future__ import annotations

import pytest

from mini_server.admission.plugins.pod_node_selector import PodNodeSelector
from mini_server.admission.plugins.runtime_class import RuntimeClass
from mini_server.admission.registry import builtin_registry
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, Objects, pod, run, write

TOLERATION = {"key": "rt", "operator": "Exists"}


@pytest.fixture
def objects() -> Objects:
    found = Objects()
    scheduling = {"nodeSelector": {"rt": "1"}, "tolerations": [TOLERATION]}
    found.add("runtimeclasses", "full", overhead={"podFixed": {"cpu": "100m"}}, scheduling=scheduling)
    found.add("runtimeclasses", "bare")
    found.add("namespaces", "ns", annotations={"scheduler.alpha.kubernetes.io/node-selector": " zone=a, disk=ssd,"})
    found.add("namespaces", "free")
    found.add("namespaces", "bad", annotations={"scheduler.alpha.kubernetes.io/node-selector": "zone"})
    return found


@pytest.mark.parametrize(
    ("spec", "changed"),
    [
        ({}, {}),
        ({"runtimeClassName": "bare"}, {}),
        (
            {"runtimeClassName": "full"},
            {"overhead": {"cpu": "100m"}, "nodeSelector": {"rt": "1"}, "tolerations": [TOLERATION]},
        ),
        (
            {
                "runtimeClassName": "full",
                "overhead": {"cpu": "100m"},
                "nodeSelector": {"x": "y", "rt": "1"},
                "tolerations": [{"key": "a"}, TOLERATION],
            },
            {},
        ),
        (
            {"runtimeClassName": "full", "nodeSelector": {"x": "y"}, "tolerations": [{"key": "a"}]},
            {
                "overhead": {"cpu": "100m"},
                "nodeSelector": {"x": "y", "rt": "1"},
                "tolerations": [{"key": "a"}, TOLERATION],
            },
        ),
    ],
)
def test_a_runtime_decides(objects: Objects, spec: Object, changed: Object) -> None:
    found = run(RuntimeClass, write("pods", pod(**spec)), objects)["spec"]
    assert found == {**pod(**spec)["spec"], **changed}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"runtimeClassName": "gone"}, 'pod rejected: RuntimeClass "gone" not found'),
        (
            {"runtimeClassName": "full", "overhead": {"cpu": "1"}},
            "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
        ),
        (
            {"overhead": {"cpu": "1"}},
            "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
        ),
        (
            {"runtimeClassName": "full", "nodeSelector": {"rt": "2"}},
            "conflict: runtimeClass.scheduling.nodeSelector[rt] = 1; pod.spec.nodeSelector[rt] = 2",
        ),
    ],
)
def test_a_pod_does_not_contradict_its_runtime(objects: Objects, spec: Object, reason: str) -> None:
    with pytest.raises(StatusError) as caught:
        run(RuntimeClass, write("pods", pod(**spec)), objects)
    assert (caught.value.code, caught.value.message) == (403, f'pods "p" is forbidden: {reason}')


@pytest.mark.parametrize(
    ("namespace", "own", "selector"),
    [
        ("ns", {}, {"zone": "a", "disk": "ssd"}),
        ("ns", {"x": "y", "zone": "a"}, {"x": "y", "zone": "a", "disk": "ssd"}),
        ("free", {"x": "y"}, {"x": "y"}),
        ("gone", {}, {}),
    ],
)
def test_a_namespace_decides(objects: Objects, namespace: str, own: Object, selector: Object) -> None:
    asked = write("pods", pod(nodeSelector=own), namespace=namespace)
    assert run(PodNodeSelector, asked, objects)["spec"]["nodeSelector"] == selector


@pytest.mark.parametrize(
    ("namespace", "code", "text"),
    [
        ("ns", 403, "pod node label selector conflicts with its namespace node label selector"),
        ("bad", 500, "invalid selector: [zone]"),
    ],
)
def test_a_pod_does_not_contradict_its_namespace(objects: Objects, namespace: str, code: int, text: str) -> None:
    with pytest.raises(StatusError) as caught:
        run(PodNodeSelector, write("pods", pod(nodeSelector={"zone": "b"}), namespace=namespace), objects)
    assert (caught.value.code, text in caught.value.message) == (code, True)


def test_namespaces_decide_only_where_that_is_enabled() -> None:
    assert "PodNodeSelector" not in builtin_registry()._default
    assert "RuntimeClass" in builtin_registry()._default
