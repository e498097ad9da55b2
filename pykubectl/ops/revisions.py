"""Revisions of workloads: their history, and the way back to one of them.

Source: kubectl ``pkg/polymorphichelpers/{history,rollback}.go``, ``pkg/apps/kind_visitor.go``.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from pykubectl.cli.errors import CommandError
from pykubectl.client.resource import JSON_PATCH, STRATEGIC_MERGE_PATCH
from pykubectl.helpers.deployments import HASH_LABEL, OWN_ANNOTATIONS, REVISION_ANNOTATION
from pykubectl.helpers.owners import is_controlled_by
from pykubectl.machinery.labels import selector_from_label_selector
from pykubectl.machinery.patch import strategic
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.structural.types import builtin

if TYPE_CHECKING:
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

CHANGE_CAUSE = "kubernetes.io/change-cause"
_REPLICA_SETS = GroupVersionResource("apps", "v1", "replicasets")
_CONTROLLER_REVISIONS = GroupVersionResource("apps", "v1", "controllerrevisions")
_WITH_REVISIONS = (("apps", "StatefulSet"), ("apps", "DaemonSet"))
# Kinds that kubectl knows as workloads, and does nothing for here.
_OTHERS = (("", "Pod"), ("", "ReplicationController"), ("apps", "ReplicaSet"), ("batch", "Job"), ("batch", "CronJob"))


class Revision(NamedTuple):
    """A revision, and the object that holds it: a ReplicaSet, or a ControllerRevision."""

    number: int
    holder: Object

    @property
    def cause(self) -> str:
        """What is noted as the reason of the change, which may be nothing."""
        return str((self.holder["metadata"].get("annotations") or {}).get(CHANGE_CAUSE) or "")


def history(info: Info, revision: int) -> str:
    """A table of revisions, or the template of one. Raises CommandError."""
    found = _history(info)
    if not found:
        return "No rollout history found."
    if revision:
        from pykubectl.printers.describe.pods import template_text

        return template_text(_template(info, _chosen(found, revision)))
    width = max(len("REVISION"), *(len(str(number)) for number in found)) + 2
    lines = ["REVISION".ljust(width) + "CHANGE-CAUSE"]
    lines += [str(number).ljust(width) + (entry.cause or "<none>") for number, entry in sorted(found.items())]
    return "\n".join(lines) + "\n"


def objects(info: Info, revision: int) -> list[Object]:
    """ReplicaSets of revisions, or a workload as it was; of all revisions, or of one. Raises CommandError."""
    found = _history(info)
    chosen = [_chosen(found, revision)] if revision else [found[number] for number in sorted(found)]
    return [_object_of(info, entry) for entry in chosen]


def _chosen(found: dict[int, Revision], number: int) -> Revision:
    if number not in found:
        raise CommandError("unable to find the specified revision")
    return found[number]


def _object_of(info: Info, revision: Revision) -> Object:
    if "spec" in revision.holder:
        return {"apiVersion": "apps/v1", "kind": "ReplicaSet", **revision.holder}
    return strategic.apply(info.object, revision.holder["data"], builtin().type_for(info.mapping.kind))


def _template(info: Info, revision: Revision) -> Object:
    """The pod template of a revision; that of a ReplicaSet tells the reason of the change."""
    template: Object = copy.deepcopy(_object_of(info, revision)["spec"]["template"])
    if "spec" in revision.holder and revision.cause:
        meta = template["metadata"]
        meta["annotations"] = {**(meta.get("annotations") or {}), CHANGE_CAUSE: revision.cause}
    return template


def _history(info: Info) -> dict[int, Revision]:
    kind = info.mapping.kind
    group_kind = (kind.group, kind.kind)
    if group_kind == ("apps", "Deployment"):
        return _owned(info, _REPLICA_SETS)
    if group_kind in _WITH_REVISIONS:
        return _owned(info, _CONTROLLER_REVISIONS)
    if group_kind in _OTHERS:
        raise CommandError(f'no history viewer has been implemented for "{kind.group_kind}"')
    what = f"no visitor method exists for {{{kind.group} {kind.kind}}}"
    raise CommandError(f'error retrieving history for "{kind.group_kind}", {what}')


def _owned(info: Info, resource: GroupVersionResource) -> dict[int, Revision]:
    """What holds an object's revisions and is controlled by it, by their numbers."""
    from pykubectl.client.dynamic import DynamicClient

    obj = info.object
    selector = str(selector_from_label_selector(obj["spec"]["selector"]))
    client = DynamicClient(info.client.rest).resource(resource).namespace(info.namespace)
    found: dict[int, Revision] = {}
    for holder in client.list(label_selector=selector)["items"]:
        number = _number(holder)
        if number is not None and is_controlled_by(holder, obj):
            found[number] = Revision(number, holder)
    return found


def _number(holder: Object) -> int | None:
    """None where a ReplicaSet's annotation is no number: it takes no part."""
    if "revision" in holder:
        return int(holder["revision"])
    text = (holder["metadata"].get("annotations") or {}).get(REVISION_ANNOTATION, "0")
    try:
        return int(text)
    except ValueError:
        return None


def undo(info: Info, revision: int, mode: str) -> str:
    """Goes back to a revision, 0: the one before; what to say. ``mode`` is that of the dry run.

    Raises CommandError, StatusError.
    """
    kind = info.mapping.kind
    group_kind = (kind.group, kind.kind)
    if group_kind == ("apps", "Deployment"):
        return _undo_deployment(info, revision, mode)
    if group_kind in _WITH_REVISIONS:
        return _undo_by_patch(info, revision, mode)
    if group_kind in _OTHERS:
        raise CommandError(f'no rollbacker has been implemented for "{kind.group_kind}"')
    what = f"no visitor method exists for {{{kind.group} {kind.kind}}}"
    raise CommandError(f'error retrieving rollbacker for "{kind.group_kind}", {what}')


def _target(found: dict[int, Revision], revision: int, nothing: str) -> Revision:
    if revision:
        if revision not in found:
            raise CommandError(f"unable to find specified revision {revision} in history")
        return found[revision]
    if len(found) < 2:
        raise CommandError(nothing)
    return found[sorted(found)[-2]]


def _skipped(revision: int) -> str:
    return f"skipped rollback (current template already matches revision {revision})"


def _undo_deployment(info: Info, revision: int, mode: str) -> str:
    deployment = info.object
    holder = _target(
        _owned(info, _REPLICA_SETS), revision, f'no rollout history found for deployment "{info.name}"'
    ).holder
    template = copy.deepcopy(holder["spec"]["template"])
    if mode == "client":
        return _text(template)
    if deployment["spec"].get("paused"):
        raise CommandError(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
        )
    (template["metadata"].get("labels") or {}).pop(HASH_LABEL, None)
    if template == deployment["spec"]["template"]:
        return _skipped(revision)
    own = deployment["metadata"].get("annotations") or {}
    annotations = {name: own[name] for name in OWN_ANNOTATIONS if name in own}
    old = holder["metadata"].get("annotations") or {}
    annotations |= {name: value for name, value in old.items() if name not in OWN_ANNOTATIONS}
    patch = [
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]
    _patch(info, JSON_PATCH, patch, mode)
    return "rolled back"


def _undo_by_patch(info: Info, revision: int, mode: str) -> str:
    found = _owned(info, _CONTROLLER_REVISIONS)
    target = _target(found, revision, "no last revision to roll back to")
    holder = target.holder
    if mode == "client":
        return f"will roll back to {_text(_object_of(info, target)['spec']['template'])}"
    current = {"spec": {"template": {**info.object["spec"]["template"], "$patch": "replace"}}}
    if holder["data"] == current:
        return _skipped(revision)
    _patch(info, STRATEGIC_MERGE_PATCH, holder["data"], mode)
    return "rolled back"


def _text(template: Object) -> str:
    from pykubectl.printers.describe.pods import template_text

    return template_text(template)


def _patch(info: Info, patch_type: str, patch: Any, mode: str) -> None:
    info.client.patch(info.name, patch_type, patch, dry_run="All" if mode == "server" else "")
