"""The eviction of pods: a deletion that disruption budgets have to allow.

Source: kubernetes ``pkg/registry/core/pod/storage/eviction.go``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mini_server.admission.interface import DELETE
from mini_server.endpoints.answer import answer_created
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.options import checked_options, write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request
from mini_server.registry.context import DeleteOptions, RequestContext
from mini_server.registry.meta import ensure_namespace
from mini_server.registry.store import RegistryStore
from pykubectl.helpers.pods import is_ready, is_terminal
from pykubectl.machinery.errors import (
    StatusError,
    is_conflict,
    new_bad_request,
    new_forbidden,
    new_status_error,
    new_too_many_requests,
)
from pykubectl.machinery.labels import selector_from_label_selector
from pykubectl.machinery.schema import GroupResource, GroupVersionKind
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

EVICTION = GroupVersionKind("policy", "v1", "Eviction")

_BUDGET = GroupResource("policy", "poddisruptionbudget")
_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
_SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_UNCONFIRMED = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
_TARGET = {"type": "DisruptionTarget", "status": "True"}
_REASON = {"reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}
_MAX_DISRUPTED = 2000
_ATTEMPTS = 20
_PROCESSING_SECONDS = 10


def eviction_handler(endpoint: Endpoint, budgets: RegistryStore) -> Handler:
    """Deletes a pod where its disruption budgets allow it."""
    type = builtin().type_for(EVICTION)
    assert type is not None

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "CreateOptions")
        eviction = await decode_body(request, EVICTION, type, options.field_validation)
        ensure_namespace(eviction, request.info.namespace, namespaced=True)
        if eviction["metadata"].get("name", "") != request.info.name:
            raise new_bad_request("name in URL does not match name in Eviction object")
        asked = checked_options(eviction.get("deleteOptions") or {})
        context = endpoint.context(request, options)
        context.dry_run = options.dry_run or asked.dry_run
        await _Eviction(endpoint, budgets, request, context, asked).run()
        return answer_created(request)

    return handle


class _Eviction:
    """One request to evict."""

    def __init__(
        self,
        endpoint: Endpoint,
        budgets: RegistryStore,
        request: Request,
        context: RequestContext,
        options: DeleteOptions,
    ) -> None:
        self._pods = endpoint.store
        self._budgets = budgets
        self._context = context
        self._name = request.info.name
        self._options = options
        self._validate = endpoint.validating(request, DELETE, dry_run=context.dry_run)
        self._now = format_time(endpoint.clock.now())

    async def run(self) -> None:
        """Raises a StatusError where the pod has to stay for now."""
        for attempt in range(_ATTEMPTS):
            pod = (await self._pods.get(self._context.namespace, self._name)).obj
            if is_terminal(pod) or pod["metadata"].get("deletionTimestamp"):
                # It disturbs nobody any more.
                return await self._delete(self._options)
            if (pod.get("status") or {}).get("phase") != "Pending":
                unhealthy = await self._use_budget(pod)
                return await self._delete(self._at(pod) if unhealthy else self._options)
            try:
                # It has not begun; that it still has not when it goes, its version tells.
                return await self._delete(self._options if self._options.resource_version else self._at(pod))
            except StatusError as error:
                if self._options.resource_version or not is_conflict(error) or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("an eviction has at least one attempt")

    def _at(self, pod: Object) -> DeleteOptions:
        return replace(self._options, resource_version=pod["metadata"]["resourceVersion"])

    async def _delete(self, options: DeleteOptions) -> None:
        """The pod says in its status why it goes."""
        if not self._context.dry_run:

            async def target(old: Object | None) -> Object:
                assert old is not None
                self._pods.check_preconditions(self._name, old, options)
                return self._targeted(old)

            marked = (await self._pods.update(self._context, self._name, target, subresource="status")).item
            if options.resource_version:
                options = replace(options, resource_version=str(marked.revision))
        await self._pods.delete(self._context, self._name, options, self._validate)

    def _targeted(self, pod: Object) -> Object:
        status = pod.get("status") or {}
        conditions = list(status.get("conditions") or [])
        held: Object = next((c for c in conditions if c["type"] == _TARGET["type"]), {})
        since = held.get("lastTransitionTime") if held.get("status") == "True" else None
        changed = {**held, **_TARGET, **_REASON, "lastTransitionTime": since or self._now}
        if held:
            conditions[conditions.index(held)] = changed
        else:
            conditions.append(changed)
        return {**pod, "status": {**status, "conditions": conditions}}

    async def _use_budget(self, pod: Object) -> bool:
        """Takes a disruption from the pod's budget; whether that needs none because the pod is not healthy."""
        budget = await self._budget_of(pod)
        if budget is None:
            return False
        if not is_ready(pod):
            status = budget.get("status") or {}
            wanted = status.get("desiredHealthy") or 0
            if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
                return True
            if (status.get("currentHealthy") or 0) >= wanted > 0:
                return True

        async def spend(old: Object | None) -> Object:
            assert old is not None
            status = dict(old.get("status") or {})
            _check(old, status)
            status["disruptionsAllowed"] -= 1
            status["disruptedPods"] = {**(status.get("disruptedPods") or {}), self._name: self._now}
            return {**old, "status": status}

        await self._budgets.update(self._context, budget["metadata"]["name"], spend, subresource="status")
        return False

    async def _budget_of(self, pod: Object) -> Object | None:
        found = await self._budgets.storage.list(self._budgets.prefix(self._context.namespace))
        labels = pod["metadata"].get("labels") or {}
        matching = [
            item.obj
            for item in found.items
            if selector_from_label_selector(item.obj["spec"].get("selector")).matches(labels)
        ]
        if len(matching) > 1:
            raise new_status_error("", _SEVERAL, code=500)
        return matching[0] if matching else None


def _check(budget: Object, status: Object) -> None:
    """Raises a StatusError where a budget allows no disruption."""
    meta, allowed = budget["metadata"], status.get("disruptionsAllowed") or 0
    if (status.get("observedGeneration") or 0) < (meta.get("generation") or 0):
        text = f"The disruption budget {meta['name']} is still being processed by the server."
        raise _refusal(text, _PROCESSING_SECONDS)
    text = "pdb disruptions allowed is negative" if allowed < 0 else ""
    if len(status.get("disruptedPods") or {}) > _MAX_DISRUPTED:
        text = _UNCONFIRMED
    if text:
        raise new_forbidden(_BUDGET, meta["name"], text)
    if allowed == 0:
        raise _refusal(_why(meta["name"], status), 0)


def _why(name: str, status: Object) -> str:
    for condition in status.get("conditions") or []:
        if condition["type"] == "DisruptionAllowed" and condition.get("reason") == "SyncFailed":
            text = f"The disruption budget {name} does not allow evicting pods currently because it failed sync: "
            return text + str(condition.get("message", ""))
    wanted, healthy = status.get("desiredHealthy") or 0, status.get("currentHealthy") or 0
    return f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"


def _refusal(text: str, seconds: int) -> StatusError:
    error = new_too_many_requests(_REFUSED, seconds)
    details: Object = {"causes": [{"reason": "DisruptionBudget", "message": text}]}
    error.status["details"] = details | ({"retryAfterSeconds": seconds} if seconds else {})
    return error
