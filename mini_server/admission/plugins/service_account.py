"""ServiceAccount: every pod runs as an account and finds its token mounted.

Source: kubernetes ``plugin/pkg/admission/serviceaccount/admission.go``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from mini_server.admission.interface import CREATE, AdmissionContext, Attributes
from mini_server.authz.node_graph import MIRROR, secret_names
from pykubectl.machinery.schema import GroupVersionResource

Object = dict[str, Any]

MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_ACCOUNTS = GroupVersionResource("", "v1", "serviceaccounts")
_PREFIX = "kube-api-access-"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_ENFORCE = "kubernetes.io/enforce-mountable-secrets"
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
        spec = pod["spec"]
        if MIRROR in (pod.get("metadata", {}).get("annotations") or {}):
            _check_mirror(attributes, pod)
            return
        name = spec.get("serviceAccountName") or "default"
        account = await self._reader.get(_ACCOUNTS, attributes.namespace, name)
        if account is None:
            text = f'error looking up service account {attributes.namespace}/{name}: serviceaccount "{name}" not found'
            raise attributes.forbidden(text)
        if (account["metadata"].get("annotations") or {}).get(_ENFORCE) == "true":
            _check_secrets(attributes, spec, account)
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


def _check_mirror(attributes: Attributes, pod: Object) -> None:
    """Kubelets create mirror pods; they must not reach by them what is not theirs."""
    if pod["spec"].get("serviceAccountName"):
        raise attributes.forbidden("a mirror pod may not reference service accounts")
    if any(True for _ in secret_names(pod["spec"])):
        raise attributes.forbidden("a mirror pod may not reference secrets")
    for volume in pod["spec"].get("volumes") or []:
        for source in (volume.get("projected") or {}).get("sources") or []:
            if "serviceAccountToken" in source:
                raise attributes.forbidden("a mirror pod may not use ServiceAccountToken volume projections")


def _check_secrets(attributes: Attributes, spec: Object, account: Object) -> None:
    """An account may be limited to the secrets that it lists."""
    name = account["metadata"]["name"]
    mountable = {reference.get("name") for reference in account.get("secrets") or []}
    pullable = {reference.get("name") for reference in account.get("imagePullSecrets") or []}
    end = f"is not allowed because service account {name} does not reference that"
    for volume in spec.get("volumes") or []:
        secret = (volume.get("secret") or {}).get("secretName")
        if secret and secret not in mountable:
            raise attributes.forbidden(f'volume with secret.secretName="{secret}" {end} secret')
    for kind, field in (("init container", "initContainers"), ("container", "containers")):
        for container in spec.get(field) or []:
            for what, secret in _referenced(container):
                if secret not in mountable:
                    where = f"{kind} {container.get('name', '')} with {what}"
                    raise attributes.forbidden(f'{where} referencing secret.secretName="{secret}" {end} secret')
    for reference in spec.get("imagePullSecrets") or []:
        if reference.get("name") not in pullable:
            raise attributes.forbidden(f'imagePullSecret "{reference.get("name")}" {end} imagePullSecret')


def _referenced(container: Object) -> Iterator[tuple[str, str]]:
    """What of a container's environment comes from secrets, and which."""
    for variable in container.get("env") or []:
        if reference := (variable.get("valueFrom") or {}).get("secretKeyRef"):
            yield f"envVar {variable.get('name', '')}", reference.get("name", "")
    for source in container.get("envFrom") or []:
        if reference := source.get("secretRef"):
            yield "envFrom", reference.get("name", "")


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
