"""ClusterRoles with an aggregation rule get the rules of the roles it selects.

Source: kubernetes ``pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.controllers.context import ControllerContext
from mini_server.controllers.controller import Controller
from mini_server.controllers.resources import CLUSTER_ROLES
from pykubectl.machinery import labels

Object = dict[str, Any]


class ClusterRoleAggregationController(Controller):
    """Writes ``rules`` of aggregating ClusterRoles; a rule that several roles give stands once."""

    name = "clusterrole-aggregation-controller"

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context)
        self._roles = context.informer(CLUSTER_ROLES)
        self.watch(CLUSTER_ROLES, self._aggregating)

    def sync(self, key: str) -> None:
        """``key`` is a ClusterRole's name."""
        role = self._roles.get("", key)
        if role is None or not role.get("aggregationRule"):
            return
        rules: list[Object] = []
        selectors = [
            labels.selector_from_label_selector(s) for s in role["aggregationRule"].get("clusterRoleSelectors") or []
        ]
        for other in sorted(self._roles.list(), key=lambda r: str(r["metadata"]["name"])):
            own = other["metadata"].get("labels") or {}
            if other["metadata"]["name"] == key or not any(selector.matches(own) for selector in selectors):
                continue
            rules += [rule for rule in other.get("rules") or [] if rule not in rules]
        if rules != (role.get("rules") or []):
            self.client.update(CLUSTER_ROLES, {**role, "rules": rules})

    def _aggregating(self, changed: Object) -> list[str]:
        return [role["metadata"]["name"] for role in self._roles.list() if role.get("aggregationRule")]
