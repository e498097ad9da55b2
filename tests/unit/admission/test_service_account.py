"""Every pod runs as an account."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.admission.plugins.service_account import MOUNT_PATH, ServiceAccount
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, Objects, pod, run, write

MIRROR = {"kubernetes.io/config.mirror": "x"}


@pytest.fixture
def objects() -> Objects:
    found = Objects()
    found.add("serviceaccounts", "default", "ns")
    found.add("serviceaccounts", "silent", "ns", automountServiceAccountToken=False)
    found.add("serviceaccounts", "puller", "ns", imagePullSecrets=[{"name": "registry"}])
    found.add(
        "serviceaccounts",
        "strict",
        "ns",
        annotations={"kubernetes.io/enforce-mountable-secrets": "true"},
        secrets=[{"name": "mine"}],
        imagePullSecrets=[{"name": "registry"}],
    )
    return found


def admitted(objects: Objects, obj: Object, **more: Any) -> Object:
    found: Object = run(ServiceAccount, write("pods", obj, **more), objects)["spec"]
    return found


def refused(objects: Objects, obj: Object) -> str:
    with pytest.raises(StatusError) as caught:
        admitted(objects, obj)
    assert caught.value.code == 403
    return caught.value.message.removeprefix('pods "p" is forbidden: ')


def test_a_pod_gets_the_default_account_and_its_token(objects: Objects) -> None:
    spec = admitted(objects, pod(initContainers=[{"name": "i"}]))
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("default", "default")
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    assert len(volume["name"]) == len("kube-api-access-") + 5
    mount = {"name": volume["name"], "readOnly": True, "mountPath": MOUNT_PATH}
    assert [c["volumeMounts"] for c in (*spec["containers"], *spec["initContainers"])] == [[mount], [mount]]
    assert volume["projected"]["defaultMode"] == 420
    assert volume["projected"]["sources"][0] == {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}


@pytest.mark.parametrize(
    ("spec", "mounted"),
    [
        ({}, True),
        ({"serviceAccountName": "silent"}, False),
        ({"serviceAccountName": "silent", "automountServiceAccountToken": True}, True),
        ({"automountServiceAccountToken": False}, False),
    ],
)
def test_who_says_whether_the_token_is_mounted(objects: Objects, spec: Object, mounted: bool) -> None:
    assert bool(admitted(objects, pod(**spec)).get("volumes")) is mounted


def test_a_mount_of_ones_own_stays(objects: Objects) -> None:
    own = {"name": "mine", "mountPath": MOUNT_PATH}
    spec = admitted(objects, pod(containers=[{"name": "c", "volumeMounts": [own]}]))
    assert spec["containers"][0]["volumeMounts"] == [own]
    assert "volumes" not in spec


def test_a_volume_that_is_there_is_used(objects: Objects) -> None:
    volume: Object = {"name": "kube-api-access-abcde", "projected": {"sources": []}}
    spec = admitted(objects, pod(volumes=[volume]))
    assert spec["volumes"] == [volume]
    assert spec["containers"][0]["volumeMounts"][0]["name"] == "kube-api-access-abcde"


@pytest.mark.parametrize(
    ("spec", "secrets"),
    [
        ({"serviceAccountName": "puller"}, [{"name": "registry"}]),
        ({"serviceAccountName": "puller", "imagePullSecrets": [{"name": "own"}]}, [{"name": "own"}]),
        ({}, None),
    ],
)
def test_pull_secrets_of_the_account(objects: Objects, spec: Object, secrets: list[Object] | None) -> None:
    assert admitted(objects, pod(**spec)).get("imagePullSecrets") == secrets


def test_an_account_must_exist(objects: Objects) -> None:
    assert refused(objects, pod(serviceAccountName="gone")) == (
        'error looking up service account ns/gone: serviceaccount "gone" not found'
    )


@pytest.mark.parametrize("more", [{"subresource": "status"}, {"operation": "UPDATE"}])
def test_only_new_pods_are_changed(objects: Objects, more: dict[str, str]) -> None:
    assert admitted(objects, pod(), **more) == pod()["spec"]


def test_a_mirror_pod_is_left_alone(objects: Objects) -> None:
    assert admitted(objects, pod(annotations=MIRROR)) == pod()["spec"]


_TOKEN: Object = {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"serviceAccountName": "default"}, "a mirror pod may not reference service accounts"),
        ({"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}, "a mirror pod may not reference secrets"),
        (
            {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]},
            "a mirror pod may not reference secrets",
        ),
        ({"imagePullSecrets": [{"name": "s"}]}, "a mirror pod may not reference secrets"),
        ({"volumes": [_TOKEN]}, "a mirror pod may not use ServiceAccountToken volume projections"),
    ],
)
def test_a_mirror_pod_reaches_nothing(objects: Objects, spec: Object, reason: str) -> None:
    assert refused(objects, pod(annotations=MIRROR, **spec)) == reason


def _env(name: str) -> Object:
    return {"name": "c", "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": name, "key": "k"}}}]}


_NOT = "is not allowed because service account strict does not reference that"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (
            {"volumes": [{"name": "v", "secret": {"secretName": "other"}}]},
            f'volume with secret.secretName="other" {_NOT} secret',
        ),
        (
            {"containers": [_env("other")]},
            f'container c with envVar KEY referencing secret.secretName="other" {_NOT} secret',
        ),
        (
            {"initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": "other"}}]}]},
            f'init container i with envFrom referencing secret.secretName="other" {_NOT} secret',
        ),
        ({"imagePullSecrets": [{"name": "other"}]}, f'imagePullSecret "other" {_NOT} imagePullSecret'),
    ],
)
def test_an_account_may_be_limited_to_its_secrets(objects: Objects, spec: Object, reason: str) -> None:
    assert refused(objects, pod(serviceAccountName="strict", **spec)) == reason


def test_a_limited_account_has_its_own_secrets(objects: Objects) -> None:
    volume = {"name": "v", "secret": {"secretName": "mine"}}
    spec = pod(
        serviceAccountName="strict",
        containers=[_env("mine")],
        volumes=[volume],
        imagePullSecrets=[{"name": "registry"}],
    )
    assert admitted(objects, spec)["volumes"][0] == volume
