"""ServiceAccount: every pod runs as an account and finds its token mounted.

Source: kubernetes ``plugin/pkg/admission/serviceaccount/admission.go``.
"""

from __future__ import annotations

import random
from typing import Any

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_ACCOUNTS = GroupVersionResource("", "v1", "serviceaccounts")
_PREFIX = "kube-api-access-"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_MIRROR = "kubernetes.io/config.mirror"
# An hour, and seven seconds by which such tokens are told apart from those asked for.
_EXPIRATION = 3607


class ServiceAccount:
    """Sets the account, its pull secrets, and the volume with the token."""

    name = "ServiceAccount"

    def __init__(self, context: AdmissionContext) -> None:
        self._reader = context.reader
        self._chance = random.Random()

    def handles(self, operation: str) -> bool:
        """New pods."""
        return operation == CREATE

    async def admit(self, attributes: Attributes) -> None:
        """Changes the pod. Refuses where its account does not exist."""
        pod = attributes.obj
        if attributes.gvr.resource != "pods" or attributes.gvr.group or attributes.subresource or pod is None:
            return
        if _MIRROR in (pod.get("metadata", {}).get("annotations") or {}):
            return
        spec = pod["spec"]
        name = spec.get("serviceAccountName") or "default"
        account = await self._reader.get(_ACCOUNTS, attributes.namespace, name)
        if account is None:
            text = f'error looking up service account {attributes.namespace}/{name}: serviceaccount "{name}" not found'
            raise attributes.forbidden(text)
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        if self._should_mount(spec, account):
            self._mount(spec)
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [dict(secret) for secret in account["imagePullSecrets"]]

    def _should_mount(self, spec: Object, account: Object) -> bool:
        for source in (spec, account):
            if source.get("automountServiceAccountToken") is not None:
                return bool(source["automountServiceAccountToken"])
        return True

    def _mount(self, spec: Object) -> None:
        volumes = spec.get("volumes") or []
        existing = next((v["name"] for v in volumes if v["name"].startswith(_PREFIX)), None)
        name = existing or _PREFIX + "".join(self._chance.choice(_ALPHABET) for _ in range(5))
        mounted = False
        for container in (*(spec.get("initContainers") or []), *(spec.get("containers") or [])):
            mounts = container.get("volumeMounts") or []
            if any(mount.get("mountPath") == MOUNT_PATH for mount in mounts):
                continue
            container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}]
            mounted = True
        if mounted and existing is None:
            spec["volumes"] = [*volumes, _token_volume(name)]


def _token_volume(name: str) -> Object:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "name": name,
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": _EXPIRATION, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [namespace]}},
            ],
            "defaultMode": 420,
        },
    }
