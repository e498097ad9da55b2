"""A pod's priority class becomes a number."""

from __future__ import annotations

import pytest

from mini_server.admission.interface import UPDATE
from mini_server.admission.plugins.priority import Priority
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, Objects, pod, run, write

_COMPUTED = "must not be provided in pod spec; priority admission controller computed"


def classes(*, default: bool = False) -> Objects:
    found = Objects()
    found.add("priorityclasses", "high", value=1000)
    found.add("priorityclasses", "polite", value=10, preemptionPolicy="Never")
    if default:
        found.add("priorityclasses", "usual", value=5, globalDefault=True)
    return found


@pytest.mark.parametrize(
    ("spec", "default", "name", "value", "policy"),
    [
        ({}, False, None, 0, "PreemptLowerPriority"),
        ({}, True, "usual", 5, "PreemptLowerPriority"),
        ({"priorityClassName": "high"}, True, "high", 1000, "PreemptLowerPriority"),
        ({"priorityClassName": "polite"}, False, "polite", 10, "Never"),
        ({"priorityClassName": "high", "priority": 1000}, False, "high", 1000, "PreemptLowerPriority"),
        ({"priority": 0}, False, None, 0, "PreemptLowerPriority"),
        ({"priorityClassName": "polite", "preemptionPolicy": "Never"}, False, "polite", 10, "Never"),
    ],
)
def test_new_pods(spec: Object, default: bool, name: str | None, value: int, policy: str) -> None:
    found = run(Priority, write("pods", pod(**spec)), classes(default=default))["spec"]
    assert (found.get("priorityClassName"), found["priority"], found["preemptionPolicy"]) == (name, value, policy)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"priorityClassName": "none"}, "no PriorityClass with name none was found"),
        (
            {"priorityClassName": "high", "priority": 7},
            f"the integer value of priority (7) {_COMPUTED} 1000 from the given PriorityClass name",
        ),
        ({"priority": 7}, f"the integer value of priority (7) {_COMPUTED} 0 from the given PriorityClass name"),
        (
            {"priorityClassName": "high", "preemptionPolicy": "Never"},
            f"the string value of PreemptionPolicy (Never) {_COMPUTED} PreemptLowerPriority from the given "
            "PriorityClass name",
        ),
    ],
)
def test_a_number_is_not_chosen_freely(spec: Object, reason: str) -> None:
    with pytest.raises(StatusError) as caught:
        run(Priority, write("pods", pod(**spec)), classes())
    assert (caught.value.code, caught.value.message) == (403, f'pods "p" is forbidden: {reason}')


def test_an_update_keeps_what_it_does_not_name() -> None:
    old = pod(priority=1000, preemptionPolicy="Never")
    found = run(Priority, write("pods", pod(), operation=UPDATE, old=old), classes())
    assert (found["spec"]["priority"], found["spec"]["preemptionPolicy"]) == (1000, "Never")


@pytest.mark.parametrize(("resource", "subresource"), [("pods", "status"), ("pods.metrics.k8s.io", "")])
def test_other_writes_are_left_alone(resource: str, subresource: str) -> None:
    obj = run(Priority, write(resource, pod(priorityClassName="none"), subresource=subresource), classes())
    assert obj == pod(priorityClassName="none")


@pytest.mark.parametrize(
    ("name", "default", "good"),
    [("usual", True, True), ("other", True, False), ("other", False, True)],
)
def test_one_class_is_the_default(name: str, default: bool, good: bool) -> None:
    obj = {"metadata": {"name": name}, "value": 1, "globalDefault": True}
    asked = write("priorityclasses.scheduling.k8s.io", obj, namespace="")
    if good:
        run(Priority, asked, classes(default=default))
        return
    with pytest.raises(StatusError) as caught:
        run(Priority, asked, classes(default=default))
    assert caught.value.message == (
        'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. '
        "Only one default can exist"
    )
