"""PodSecurity: the labels of a namespace say which standard its pods have to meet.

Source: ``k8s.io/pod-security-admission/admission/admission.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.admission.interface import CREATE, UPDATE, AdmissionContext, Attributes
from mini_server.admission.pod_templates import pod_in, pod_path
from mini_server.admission.podsecurity.checks import containers
from mini_server.admission.podsecurity.policy import (
    Policies,
    Policy,
    described,
    label_faults,
    policies,
    reasons,
)
from pykubectl.machinery.errors import new_invalid
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

_NAMESPACES = GroupVersionResource("", "v1", "namespaces")
_PODS = GroupVersionResource("", "v1", "pods")
# Annotations that say what fields say nowadays.
_MEANINGFUL = ("container.apparmor.security.beta.kubernetes.io/", "seccomp.security.alpha.kubernetes.io/")
# Pods of a namespace that are looked at when its labels change.
_MOST = 3000


class PodSecurity:
    """Refuses pods, warns of what makes pods, and of namespaces that get stricter than their pods are."""

    name = "PodSecurity"

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader

    def handles(self, operation: str) -> bool:
        """Creations and updates."""
        return operation in (CREATE, UPDATE)

    async def validate(self, attributes: Attributes) -> None:
        """Refuses pods with 403, and namespaces with bad labels with 422."""
        if attributes.obj is None:
            return
        if attributes.gvr.group_resource == _NAMESPACES.group_resource:
            if not attributes.subresource:
                await self._namespace(attributes, attributes.obj)
            return
        path = pod_path(attributes)
        if path is None or attributes.subresource not in ("", "ephemeralcontainers"):
            return
        pod = pod_in(attributes.obj, path)
        if "spec" not in pod:
            return
        chosen = await self._chosen(attributes.namespace)
        if path:
            _warn(attributes, chosen.warn, pod)
        elif attributes.subresource or attributes.old_obj is None or _matters(pod, attributes.old_obj):
            faults = chosen.enforce.faults(pod)
            if faults:
                raise attributes.forbidden(f'violates PodSecurity "{chosen.enforce}": {described(faults)}')
            _warn(attributes, chosen.warn, pod)

    async def _chosen(self, namespace: str) -> Policies:
        found = await self._reader.get(_NAMESPACES, "", namespace)
        return policies(_labels(found))

    async def _namespace(self, attributes: Attributes, namespace: Object) -> None:
        faults = label_faults(_labels(namespace))
        if attributes.old_obj is not None:
            # Faults of before are no reason to refuse another change.
            known = {str(fault) for fault in label_faults(_labels(attributes.old_obj))}
            faults = [fault for fault in faults if str(fault) not in known]
        if faults:
            raise new_invalid(attributes.gvk.group_kind, attributes.name, faults)
        if attributes.old_obj is None:
            return
        new, old = policies(_labels(namespace)).enforce, policies(_labels(attributes.old_obj)).enforce
        relaxed = new.version == old.version and new.strictness <= old.strictness
        if new != old and new.level != "privileged" and not relaxed:
            await self._warn_of_pods(attributes, new)

    async def _warn_of_pods(self, attributes: Attributes, policy: Policy) -> None:
        violating: dict[str, list[str]] = {}
        for pod in (await self._reader.list(_PODS, attributes.name))[:_MOST]:
            faults = policy.faults(pod)
            if faults:
                violating.setdefault(reasons(faults), []).append(pod["metadata"]["name"])
        if not violating:
            return
        where = f'existing pods in namespace "{attributes.name}"'
        attributes.warn(f'{where} violate the new PodSecurity enforce level "{policy}"')
        for text, names in sorted(violating.items()):
            first, others = min(names), len(names) - 1
            more = f" (and {others} other pod{'s' if others > 1 else ''})" if others else ""
            attributes.warn(f"{first}{more}: {text}")


def _warn(attributes: Attributes, policy: Policy, pod: Object) -> None:
    faults = policy.faults(pod)
    if faults:
        attributes.warn(f'would violate PodSecurity "{policy}": {described(faults)}')


def _labels(obj: Object | None) -> dict[str, str]:
    return ((obj or {}).get("metadata") or {}).get("labels") or {}


def _matters(pod: Object, old: Object) -> bool:
    """Whether a pod's update may change what is looked at; little of a pod can be changed."""
    images = [[container.get("image") for container in containers(each)] for each in (pod, old)]
    annotations = [
        {
            key: value
            for key, value in (each["metadata"].get("annotations") or {}).items()
            if key.startswith(_MEANINGFUL)
        }
        for each in (pod, old)
    ]
    return images[0] != images[1] or annotations[0] != annotations[1]
