"""Revisions: histories, and the way back. Words and patches are compared with the real kubectl's elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.ops.revisions import history, objects, undo
from tests.unit.ops.fakes import FakeServer

LABELS = {"app": "web"}


def template(image: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"labels": {**LABELS, **labels}}, "spec": {"containers": [{"name": "c", "image": image}]}}


def server(kind: str = "Deployment", *images: str) -> FakeServer:
    """A workload of the last image, with a revision of each."""
    fake = FakeServer()
    own = {"deployment.kubernetes.io/revision": "9", "mine": "x"}
    spec = {"selector": {"matchLabels": LABELS}, "template": template(images[-1] if images else "i")}
    fake.put(kind, "web", spec=spec, metadata={"annotations": own})
    for number, image in enumerate(images, 1):
        add(fake, kind, number, image)
    return fake


def add(fake: FakeServer, kind: str, number: int, image: str, text: str = "", **owner: Any) -> None:
    meta = {
        "ownerReferences": [{"uid": "uid-web", "controller": True, **owner}],
        "annotations": {
            "deployment.kubernetes.io/revision": text or str(number),
            **({"kubernetes.io/change-cause": f"why {number}"} if number > 1 else {}),
        },
    }
    if kind == "Deployment":
        held: dict[str, Any] = {"spec": {"template": template(image, **{"pod-template-hash": "h"})}}
        fake.put("ReplicaSet", f"web-{number}{text}{len(owner)}", metadata=meta, **held)
    else:
        data = {"spec": {"template": {**template(image), "$patch": "replace"}}}
        fake.put("ControllerRevision", f"web-{number}", metadata=meta, revision=number, data=data)


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "StatefulSet"])
def test_a_history_is_a_table_of_revisions(kind: str) -> None:
    info = server(kind, "i:1", "i:2").info(kind, "web")
    assert history(info, 0) == "REVISION  CHANGE-CAUSE\n1         <none>\n2         why 2\n"


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "StatefulSet"])
def test_a_revision_is_shown_as_its_template(kind: str) -> None:
    info = server(kind, "i:1", "i:2").info(kind, "web")
    text = history(info, 2)
    assert text.startswith("Pod Template:\n") and "Image:\ti:2" in text
    assert ("why 2" in text) is (kind == "Deployment")


def test_what_holds_no_revision_of_the_object_is_left_out() -> None:
    fake = server("Deployment", "i:1")
    add(fake, "Deployment", 5, "i:5", uid="of another")
    add(fake, "Deployment", 6, "i:6", controller=False)
    add(fake, "Deployment", 7, "i:7", text="seven")
    assert history(fake.info("Deployment", "web"), 0) == "REVISION  CHANGE-CAUSE\n1         <none>\n"


def test_there_may_be_no_history() -> None:
    assert history(server().info("Deployment", "web"), 0) == "No rollout history found."


def test_objects_of_revisions_are_replica_sets_or_the_workload_as_it_was() -> None:
    found = objects(server("Deployment", "i:1", "i:2").info("Deployment", "web"), 0)
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in found] == [
        ("ReplicaSet", "web-10"),
        ("ReplicaSet", "web-20"),
    ]
    (before,) = objects(server("DaemonSet", "i:1", "i:2").info("DaemonSet", "web"), 1)
    assert before["kind"] == "DaemonSet"
    assert before["spec"]["template"] == template("i:1")


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("Pod", "Pod", 'no {} has been implemented for "Pod"'),
        ("ReplicaSet", "ReplicaSet", 'no {} has been implemented for "ReplicaSet.apps"'),
        ("Node", "Node", 'error retrieving {} for "Node", no visitor method exists for {{ Node}}'),
        ("Widget", "Widget", 'error retrieving {} for "Widget.x.y", no visitor method exists for {{x.y Widget}}'),
    ],
)
def test_kinds_without_revisions(kind: str, name: str, text: str) -> None:
    info = FakeServer().info(kind, "web")
    with pytest.raises(CommandError) as caught:
        history(info, 0)
    assert str(caught.value) == text.format("history viewer" if text.startswith("no") else "history")
    with pytest.raises(CommandError) as caught:
        undo(info, 0, "none")
    assert str(caught.value) == text.format("rollbacker")


def test_an_unknown_revision_is_told() -> None:
    info = server("Deployment", "i:1", "i:2").info("Deployment", "web")
    for show in (history, objects):
        with pytest.raises(CommandError, match=r"^unable to find the specified revision$"):
            show(info, 7)
    with pytest.raises(CommandError, match=r"^unable to find specified revision 7 in history$"):
        undo(info, 7, "none")


def test_a_deployment_goes_back_with_its_template_and_the_annotations_of_then() -> None:
    fake = server("Deployment", "i:1", "i:2", "i:3")
    assert undo(fake.info("Deployment", "web"), 0, "none") == "rolled back"
    assert fake.bodies("PATCH") == [
        [
            {"op": "replace", "path": "/spec/template", "value": template("i:2")},
            {
                "op": "replace",
                "path": "/metadata/annotations",
                "value": {"deployment.kubernetes.io/revision": "9", "kubernetes.io/change-cause": "why 2"},
            },
        ]
    ]


@pytest.mark.parametrize("kind", ["DaemonSet", "StatefulSet"])
def test_other_workloads_go_back_by_what_their_revision_holds(kind: str) -> None:
    fake = server(kind, "i:1", "i:2", "i:3")
    assert undo(fake.info(kind, "web"), 1, "none") == "rolled back"
    assert fake.bodies("PATCH") == [{"spec": {"template": {**template("i:1"), "$patch": "replace"}}}]


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet"])
def test_nothing_is_written_where_the_template_is_the_same_or_nothing_is_to_be_written(kind: str) -> None:
    fake = server(kind, "i:1", "i:2")
    same = undo(fake.info(kind, "web"), 2, "none")
    assert same == "skipped rollback (current template already matches revision 2)"
    shown = undo(fake.info(kind, "web"), 0, "client")
    assert "Pod Template:\n" in shown and "Image:\ti:1" in shown
    assert fake.bodies("PATCH") == []
    assert undo(fake.info(kind, "web"), 0, "server") == "rolled back"
    assert fake.requests[-1][2] == {"dryRun": "All"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Deployment", 'no rollout history found for deployment "web"'),
        ("DaemonSet", "no last revision to roll back to"),
        ("StatefulSet", "no last revision to roll back to"),
    ],
)
def test_one_revision_is_nothing_to_go_back_to(kind: str, text: str) -> None:
    with pytest.raises(CommandError) as caught:
        undo(server(kind, "i:1").info(kind, "web"), 0, "none")
    assert str(caught.value) == text


def test_a_paused_deployment_stays_as_it_is() -> None:
    fake = server("Deployment", "i:1", "i:2")
    info = fake.info("Deployment", "web")
    info.object["spec"]["paused"] = True
    with pytest.raises(CommandError, match="you cannot rollback a paused deployment; resume it first"):
        undo(info, 1, "none")
