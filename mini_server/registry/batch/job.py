"""Jobs: the selector and the labels that tie pods to a job are generated.

Source: kubernetes ``pkg/registry/batch/job/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import DeleteOptions, RequestContext
from mini_server.registry.strategy import Strategy

Object = dict[str, Any]

_UID_LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid")
_NAME_LABELS = ("job-name", "batch.kubernetes.io/job-name")
_ORPHANS = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)


class JobStrategy(Strategy):
    """Pods of a job carry its uid and name as labels, and it selects by the uid."""

    def warn_on_delete(self, context: RequestContext, options: DeleteOptions) -> None:
        """Tells who leaves the choice to the server what it chooses."""
        if options.propagation_policy is None and options.orphan_dependents is None:
            context.warn(_ORPHANS)

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """Labels and selector, unless they are the user's own affair (``manualSelector``)."""
        super().prepare_for_create(context, obj)
        spec = obj["spec"]
        if spec.get("manualSelector"):
            return
        uid, name = obj["metadata"]["uid"], obj["metadata"].get("name", "")
        template = spec.setdefault("template", {})
        labels = template.setdefault("metadata", {}).setdefault("labels", {})
        labels.update(dict.fromkeys(_UID_LABELS, uid))
        labels.update(dict.fromkeys(_NAME_LABELS, name))
        spec["selector"] = {"matchLabels": {_UID_LABELS[1]: uid}}
