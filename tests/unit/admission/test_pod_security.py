"""The Pod Security Standards, chosen by labels of namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.admission.interface import UPDATE
from mini_server.admission.plugins.pod_security import PodSecurity
from mini_server.admission.podsecurity.policy import Policy, described, policies
from pykubectl.machinery.errors import StatusError
from tests.unit.admission.support import Object, Objects, run, write

LABEL = "pod-security.kubernetes.io/"
GOOD_CONTEXT: Object = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
GOOD_POD: Object = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def container(name: str = "c", **context: Any) -> Object:
    return {"name": name, "image": "nginx", "securityContext": context}


def pod(*containers: Object, annotations: dict[str, str] | None = None, **spec: Any) -> Object:
    return {
        "metadata": {"name": "p", "annotations": annotations or {}},
        "spec": {"containers": list(containers) or [container()], **spec},
    }


def strict(**spec: Any) -> Object:
    """A pod that meets the strictest level, but for what is given."""
    context = {**GOOD_POD, **spec.pop("securityContext", {})}
    containers = spec.pop("containers", [container(**GOOD_CONTEXT)])
    return {"metadata": {"name": "p"}, "spec": {"containers": containers, "securityContext": context, **spec}}


def faults(level: str, obj: Object, version: str = "latest") -> str:
    return described(Policy(level, version).faults(obj))


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        (pod(), ""),
        (pod(container(privileged=True)), 'privileged (container "c" must not set securityContext.privileged=true)'),
        (
            pod(container("a", privileged=True), container("b", privileged=True)),
            'privileged (containers "a", "b" must not set securityContext.privileged=true)',
        ),
        (pod(hostNetwork=True, hostPID=True), "host namespaces (hostNetwork=true, hostPID=true)"),
        (pod(volumes=[{"name": "v", "hostPath": {}}]), 'hostPath volumes (volume "v")'),
        (
            pod({"name": "c", "ports": [{"hostPort": 80}, {"hostPort": 0}, {"containerPort": 1}]}),
            'hostPort (container "c" uses hostPort 80)',
        ),
        (
            pod({"name": "a", "ports": [{"hostPort": 2}]}, {"name": "b", "ports": [{"hostPort": 1}]}),
            'hostPorts (containers "a", "b" use hostPorts 1, 2)',
        ),
        (
            pod({"name": "c", "readinessProbe": {"tcpSocket": {"host": "h"}}}),
            'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
        ),
        (
            pod({"name": "c", "lifecycle": {"preStop": {"httpGet": {"host": "h"}}}}),
            'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
        ),
        (
            pod(container(capabilities={"add": ["NET_RAW", "CHOWN", "SYS_ADMIN"]})),
            'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in '
            "securityContext.capabilities.add)",
        ),
        (pod(securityContext={"sysctls": [{"name": "kernel.msgmax"}]}), "forbidden sysctls (kernel.msgmax)"),
        (pod(securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem"}]}), ""),
        (
            pod(
                container(seccompProfile={"type": "Unconfined"}),
                securityContext={"seccompProfile": {"type": "Unconfined"}},
            ),
            'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            pod(securityContext={"appArmorProfile": {"type": "Unconfined"}}),
            'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
        ),
        (
            pod(annotations={"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}),
            'forbidden AppArmor profile (annotation container.apparmor.security.beta.kubernetes.io/c="unconfined")',
        ),
        (pod(annotations={"container.apparmor.security.beta.kubernetes.io/c": "localhost/x"}), ""),
        (
            pod(securityContext={"seLinuxOptions": {"type": "bad_t", "user": "u", "role": "r", "level": "x"}}),
            'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "bad_t"; user may not be set; '
            "role may not be set)",
        ),
        (pod(container(seLinuxOptions={"type": "container_t"})), ""),
        (
            pod(container(procMount="Unmasked")),
            'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
        ),
        (pod(container(procMount="Unmasked"), hostUsers=False), ""),
        (
            pod(securityContext={"windowsOptions": {"hostProcess": True}}),
            "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
        ),
        (
            pod(
                ephemeralContainers=[container("d", privileged=True)], initContainers=[container("i", privileged=True)]
            ),
            'privileged (containers "i", "d" must not set securityContext.privileged=true)',
        ),
    ],
)
def test_baseline(obj: Object, text: str) -> None:
    assert faults("baseline", obj) == text
    assert faults("privileged", obj) == ""


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        (strict(), ""),
        (
            strict(containers=[container(capabilities={"drop": ["ALL"]})]),
            'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
        ),
        (
            strict(containers=[container(allowPrivilegeEscalation=False, capabilities={"add": ["CHOWN"]})]),
            'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; '
            'container "c" must not include "CHOWN" in securityContext.capabilities.add)',
        ),
        (
            strict(
                containers=[
                    container(**{**GOOD_CONTEXT, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}})
                ]
            ),
            "",
        ),
        (
            strict(volumes=[{"name": "a", "nfs": {}}, {"name": "b", "hostPath": {}}, {"name": "c", "emptyDir": {}}]),
            'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
        ),
        (
            strict(securityContext={"runAsNonRoot": None}),
            'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
        ),
        (
            strict(containers=[container(**GOOD_CONTEXT, runAsNonRoot=False)]),
            'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
        ),
        (
            strict(securityContext={"runAsNonRoot": False}),
            "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)",
        ),
        (
            strict(containers=[container(**GOOD_CONTEXT, runAsNonRoot=True)], securityContext={"runAsNonRoot": False}),
            "",
        ),
        (strict(securityContext={"runAsUser": 0}), "runAsUser=0 (pod must not set runAsUser=0)"),
        (strict(securityContext={"runAsUser": 0, "runAsNonRoot": None}, hostUsers=False), ""),
        (
            strict(securityContext={"seccompProfile": None}),
            'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
            '"Localhost")',
        ),
        (
            strict(securityContext={"seccompProfile": {"type": "Unconfined"}}),
            'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            strict(
                containers=[container(**GOOD_CONTEXT, procMount="Unmasked")],
                hostUsers=False,
            ),
            'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
        ),
        (strict(containers=[container()], os={"name": "windows"}, securityContext={"seccompProfile": None}), ""),
    ],
)
def test_restricted(obj: Object, text: str) -> None:
    assert faults("restricted", obj) == text


@pytest.mark.parametrize(
    ("level", "version", "obj", "violates"),
    [
        ("baseline", "v1.33", pod({"name": "c", "livenessProbe": {"httpGet": {"host": "h"}}}), False),
        ("baseline", "v1.34", pod({"name": "c", "livenessProbe": {"httpGet": {"host": "h"}}}), True),
        ("baseline", "v1.26", pod(securityContext={"sysctls": [{"name": "net.ipv4.ip_local_reserved_ports"}]}), True),
        ("baseline", "v1.27", pod(securityContext={"sysctls": [{"name": "net.ipv4.ip_local_reserved_ports"}]}), False),
        ("restricted", "v1.21", strict(containers=[container(allowPrivilegeEscalation=False)]), False),
        ("restricted", "v1.22", strict(containers=[container(allowPrivilegeEscalation=False)]), True),
        ("restricted", "v1.24", strict(containers=[container()], os={"name": "windows"}), True),
    ],
)
def test_a_standard_may_be_that_of_an_older_version(level: str, version: str, obj: Object, violates: bool) -> None:
    assert bool(faults(level, obj, version)) is violates


@pytest.mark.parametrize(
    ("labels", "enforce", "warn"),
    [
        ({}, "privileged:latest", "privileged:latest"),
        ({"enforce": "baseline"}, "baseline:latest", "baseline:latest"),
        ({"enforce": "baseline", "enforce-version": "v1.25"}, "baseline:v1.25", "baseline:v1.25"),
        ({"enforce": "baseline", "warn": "privileged"}, "baseline:latest", "privileged:latest"),
        ({"enforce": "baseline", "warn": "restricted"}, "baseline:latest", "restricted:latest"),
        ({"enforce": "nonsense"}, "restricted:latest", "restricted:latest"),
        ({"warn": "nonsense", "warn-version": "v2"}, "privileged:latest", "privileged:latest"),
    ],
)
def test_labels(labels: dict[str, str], enforce: str, warn: str) -> None:
    found = policies({LABEL + name: value for name, value in labels.items()})
    assert (str(found.enforce), str(found.warn)) == (enforce, warn)


def namespace(**labels: str) -> Object:
    return {"metadata": {"name": "ns", "labels": {LABEL + name.replace("_", "-"): v for name, v in labels.items()}}}


def asked(resource: str, obj: Object, labels: dict[str, str], **more: Any) -> list[str]:
    """The warnings."""
    objects = Objects()
    objects.add("namespaces", "ns")
    for name in more.pop("pods", []):
        objects.add("pods", name, "ns", **{key: value for key, value in pod().items() if key != "metadata"})
    objects._objects["namespaces", "", "ns"] = namespace(**labels)
    attributes = write(resource, obj, **more)
    warnings: list[str] = []
    attributes.warn = warnings.append
    run(PodSecurity, attributes, objects)
    return warnings


BAD = pod(container(privileged=True))
TEXT = 'violates PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)'


@pytest.mark.parametrize("old", [None, pod()])
def test_a_pod_that_violates_is_refused(old: Object | None) -> None:
    changed = {**BAD, "spec": {"containers": [{**BAD["spec"]["containers"][0], "image": "other"}]}}
    with pytest.raises(StatusError) as caught:
        asked("pods", changed, {"enforce": "baseline"}, old=old, operation="CREATE" if old is None else UPDATE)
    assert (caught.value.code, caught.value.message) == (403, f'pods "p" is forbidden: {TEXT}')


@pytest.mark.parametrize(
    ("labels", "obj", "more"),
    [
        ({}, BAD, {}),
        ({"enforce": "baseline"}, pod(), {}),
        ({"enforce": "baseline"}, BAD, {"subresource": "status"}),
        ({"enforce": "baseline"}, BAD, {"operation": UPDATE, "old": BAD}),
        ({"enforce": "restricted"}, {"metadata": {"name": "m"}}, {"resource": "configmaps"}),
    ],
)
def test_other_writes_pass_silently(labels: dict[str, str], obj: Object, more: dict[str, Any]) -> None:
    assert asked(more.pop("resource", "pods"), obj, labels, **more) == []


def test_a_debugging_container_is_looked_at_with_the_rest() -> None:
    with pytest.raises(StatusError):
        asked("pods", BAD, {"enforce": "baseline"}, operation=UPDATE, old=BAD, subresource="ephemeralcontainers")


def test_a_pod_is_warned_of_where_that_is_asked() -> None:
    (warning,) = asked("pods", BAD, {"warn": "baseline"})
    assert warning == f"would {TEXT.replace('violates', 'violate', 1)}"


@pytest.mark.parametrize("labels", [{"warn": "baseline"}, {"enforce": "baseline"}])
def test_what_makes_pods_is_warned_of_and_never_refused(labels: dict[str, str]) -> None:
    template = {"metadata": {"name": "d"}, "spec": {"template": {"spec": BAD["spec"]}}}
    (warning,) = asked("deployments.apps", template, labels)
    assert warning == f"would {TEXT.replace('violates', 'violate', 1)}"


@pytest.mark.parametrize(
    ("new", "old", "field"),
    [
        ({"enforce": "bogus"}, None, "enforce"),
        ({"warn_version": "bogus"}, None, "warn-version"),
        ({"audit": "bogus"}, {}, "audit"),
        ({"enforce": "bogus"}, {"enforce": "bogus"}, None),
        ({"enforce": "baseline", "enforce_version": "v1.20"}, None, None),
    ],
)
def test_labels_that_say_nothing_are_refused(new: Object, old: Object | None, field: str | None) -> None:
    before = None if old is None else namespace(**old)
    more = {"operation": "CREATE" if old is None else UPDATE, "old": before, "namespace": "ns"}
    if field is None:
        asked("namespaces", namespace(**new), {}, **more)
        return
    with pytest.raises(StatusError) as caught:
        asked("namespaces", namespace(**new), {}, **more)
    (cause,) = caught.value.details["causes"]
    assert (caught.value.code, cause["field"]) == (422, f"metadata.labels[{LABEL}{field}]")


@pytest.mark.parametrize(
    ("new", "old", "warned"),
    [
        ({"enforce": "restricted"}, {}, True),
        ({"enforce": "restricted"}, {"enforce": "baseline"}, True),
        ({"enforce": "baseline"}, {"enforce": "restricted"}, False),
        ({"enforce": "baseline"}, {}, False),
        ({}, {"enforce": "baseline"}, False),
        ({"enforce": "restricted", "warn": "baseline"}, {"enforce": "restricted"}, False),
    ],
)
def test_a_namespace_that_gets_stricter_is_warned_of_its_pods(new: Object, old: Object, warned: bool) -> None:
    warnings = asked("namespaces", namespace(**new), {}, old=namespace(**old), operation=UPDATE, pods=["b", "a", "c"])
    wanted = [
        'existing pods in namespace "ns" violate the new PodSecurity enforce level "restricted:latest"',
        "a (and 2 other pods): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, "
        "seccompProfile",
    ]
    assert warnings == (wanted if warned else [])
