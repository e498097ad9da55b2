"""Faults of pods, in upstream's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.apis.faults import Object, change_faults, changed, faults, lines, of_kind, status_faults

CONTAINER = {"name": "c", "image": "i"}
POD = of_kind("v1", "Pod", {"containers": [CONTAINER]})
C = "spec.containers.0"
FIRST = "spec.containers[0]"


def with_volume(source: Object, **mount: Any) -> Object:
    volumes = [{"name": "v", **source}]
    mounts = [{"name": "v", "mountPath": "/v", **mount}]
    return of_kind("v1", "Pod", {"containers": [{**CONTAINER, "volumeMounts": mounts}], "volumes": volumes})


def test_a_good_pod() -> None:
    assert faults(POD) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("spec.containers", [], "spec.containers: Required value"),
        (f"{C}.image", "", f"{FIRST}.image: Required value"),
        (f"{C}.image", " i", f'{FIRST}.image: Invalid value: " i": must not have leading or trailing whitespace'),
        (f"{C}.name", "a" * 64, "must be no more than 63 characters"),
        (f"{C}.terminationMessagePolicy", "X", 'Unsupported value: "X": supported values: "File", "FallbackToLogs'),
        (f"{C}.imagePullPolicy", "X", 'supported values: "Always", "IfNotPresent", "Never"'),
        (f"{C}.ports", [{"containerPort": 0}], f"{FIRST}.ports[0].containerPort: Required value"),
        (f"{C}.ports", [{"containerPort": 80, "name": "A"}], "must contain only alpha-numeric characters"),
        (f"{C}.env", [{"name": "A=B"}], "must consist only of printable ASCII characters other than '='"),
        (f"{C}.env", [{"name": "A", "valueFrom": {}}], "must specify one of: `fieldRef`, `resourceFieldRef`"),
        (
            f"{C}.env",
            [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x.y"}}}],
            "error converting fieldPath: field label not supported: x.y",
        ),
        (
            f"{C}.envFrom",
            [{}],
            f'{FIRST}.envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
        ),
        (f"{C}.resources", {"limits": {"gas": "1"}}, "must be a standard resource type or fully qualified"),
        (f"{C}.resources", {"requests": {"a.b/c": "1"}}, "Limit must be set for non overcommitable resources"),
        (f"{C}.resources", {"limits": {"hugepages-2Mi": "2Mi"}}, "HugePages require cpu or memory"),
        (f"{C}.resources", {"claims": [{"name": "x"}]}, "must be one of the names in pod.spec.resourceClaims which is"),
        (f"{C}.livenessProbe", {}, f"{FIRST}.livenessProbe: Required value: must specify a handler type"),
        (f"{C}.livenessProbe", {"exec": {}}, f"{FIRST}.livenessProbe.exec.command: Required value"),
        (f"{C}.livenessProbe", {"grpc": {"port": 0}}, "must be between 1 and 65535, inclusive"),
        (f"{C}.lifecycle", {"preStop": {"sleep": {"seconds": 99}}}, "less than terminationGracePeriodSeconds (30)"),
        (f"{C}.volumeMounts", [{"name": "n", "mountPath": "/"}], f'{FIRST}.volumeMounts[0].name: Not found: "n"'),
        (f"{C}.securityContext", {"runAsUser": -1}, "must be between 0 and 2147483647, inclusive"),
        (
            f"{C}.securityContext",
            {"seccompProfile": {"type": "Localhost"}},
            "must be set when seccomp type is Localhost",
        ),
        (
            f"{C}.resizePolicy",
            [{"resourceName": "x", "restartPolicy": "NotRequired"}],
            'supported values: "cpu", "memory"',
        ),
        ("spec.restartPolicy", "X", 'supported values: "Always", "OnFailure", "Never"'),
        ("spec.dnsPolicy", "None", "must provide `dnsConfig` when `dnsPolicy` is None"),
        ("spec.nodeName", "A_", "a lowercase RFC 1123 subdomain must consist of"),
        ("spec.activeDeadlineSeconds", 0, "must be between 1 and 2147483647, inclusive"),
        ("spec.hostAliases", [{"ip": "x"}], "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        ("spec.tolerations", [{"operator": "Equal"}], "operator must be Exists when `key` is empty"),
        ("spec.tolerations", [{"key": "a", "effect": "X"}], 'supported values: "NoSchedule", "PreferNoSchedule"'),
        ("spec.schedulingGates", [{"name": "a"}, {"name": "a"}], 'spec.schedulingGates[1]: Duplicate value: "a"'),
        (
            "spec.affinity",
            {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}},
            "can not be empty",
        ),
        (
            "spec.affinity",
            {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}},
            "must have at least one node selector term",
        ),
        (
            "spec.topologySpreadConstraints",
            [{"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "X"}],
            'Unsupported value: "X": supported values: "DoNotSchedule", "ScheduleAnyway"',
        ),
        ("spec.ephemeralContainers", [{**CONTAINER, "name": "e"}], "cannot be set on create"),
        (
            "spec.resourceClaims",
            [{"name": "a"}],
            "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
        ),
        ("spec.os", {"name": "plan9"}, 'supported values: "linux", "windows"'),
    ],
)
def test_faults(path: str, value: Any, fault: str) -> None:
    found = faults(changed(POD, path, value))
    assert any(fault in line for line in found), found


def test_each_container_has_a_name_of_its_own() -> None:
    twice = {"spec.containers": [CONTAINER, CONTAINER], "spec.initContainers": [CONTAINER]}
    expected = ["spec.containers[1].name", "spec.initContainers[0].name"]
    assert [line.partition(":")[0] for line in lines(POD, twice)] == expected


def test_a_port_of_the_host_is_taken_once() -> None:
    ports = [{"containerPort": 80, "hostPort": 1}, {"containerPort": 81, "hostPort": 1}]
    assert faults(changed(POD, f"{C}.ports", ports)) == [f'{FIRST}.ports[1].hostPort: Duplicate value: "TCP//1"']


def test_on_the_hosts_network_ports_are_the_hosts() -> None:
    values = {"spec.hostNetwork": True, f"{C}.ports": [{"containerPort": 80, "hostPort": 81}]}
    assert lines(POD, values) == [
        f"{FIRST}.ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true"
    ]


def test_init_containers_have_no_probes_unless_they_are_sidecars() -> None:
    probed = {**CONTAINER, "name": "i", "readinessProbe": {"exec": {"command": ["true"]}}}
    text = "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without "
    assert faults(changed(POD, "spec.initContainers", [probed])) == [f"{text}restartPolicy=Always"]
    assert faults(changed(POD, "spec.initContainers", [{**probed, "restartPolicy": "Always"}])) == []


def test_contradictions_show_the_context_in_gos_words() -> None:
    context = {"privileged": True, "allowPrivilegeEscalation": False}
    [fault] = faults(changed(POD, f"{C}.securityContext", context))
    assert '{"Capabilities":null,"Privileged":true,"SELinuxOptions":null,' in fault
    assert fault.endswith("cannot set `allowPrivilegeEscalation` to false and `privileged` to true")


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ({"hostPath": {}}, "spec.volumes[0].hostPath.path: Required value"),
        ({"hostPath": {"path": "/a/../b"}}, "must not contain '..'"),
        ({"secret": {"secretName": "s", "defaultMode": 0o1000}}, "must be a number between 0 and 0777 (octal)"),
        ({"nfs": {"server": "s", "path": "a"}}, "must be an absolute path"),
        ({"configMap": {"name": "c", "items": [{"key": "k", "path": "/p"}]}}, "must be a relative path"),
        ({"persistentVolumeClaim": {}}, "spec.volumes[0].persistentVolumeClaim.claimName: Required value"),
        ({"emptyDir": {}, "secret": {"secretName": "s"}}, "may not specify more than 1 volume type"),
        ({"projected": {"sources": [{"serviceAccountToken": {"expirationSeconds": 5, "path": "t"}}]}}, "10 minutes"),
        ({"downwardAPI": {"items": [{"path": "p"}]}}, "one of fieldRef and resourceFieldRef is required"),
        ({"csi": {"driver": "a_"}}, "a lowercase RFC 1123 subdomain"),
    ],
)
def test_volumes(source: Object, fault: str) -> None:
    found = faults(with_volume(source))
    assert any(fault in line for line in found), found


@pytest.mark.parametrize(
    ("mount", "fault"),
    [
        ({"subPath": "../x"}, f"{FIRST}.volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'"),
        ({"subPath": "a", "subPathExpr": "b"}, "subPathExpr and subPath are mutually exclusive"),
        ({"mountPropagation": "Bidirectional"}, "is available only to privileged containers"),
        ({"recursiveReadOnly": "Enabled"}, "may only be specified when readOnly is true"),
    ],
)
def test_mounts(mount: Object, fault: str) -> None:
    found = faults(with_volume({"emptyDir": {}}, **mount))
    assert any(fault in line for line in found), found


# Updates

NEVER = "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{C}.image", "other"),
        ("metadata.labels", {"a": "b"}),
        ("spec.activeDeadlineSeconds", 5),
        ("spec.tolerations", [{"key": "a", "operator": "Exists"}]),
    ],
)
def test_what_may_change_of_a_pod(path: str, value: Any) -> None:
    assert change_faults(POD, changed(POD, path, value)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{C}.command", ["a"]),
        ("spec.nodeName", "n"),
        ("spec.terminationGracePeriodSeconds", 1),
        ("spec.hostPID", True),
    ],
)
def test_what_never_changes_of_a_pod(path: str, value: Any) -> None:
    [fault] = change_faults(POD, changed(POD, path, value))
    assert fault.startswith(NEVER)


def test_the_difference_is_shown_in_gos_words() -> None:
    [fault] = change_faults(POD, changed(POD, "spec.nodeName", "n"))
    difference = fault.split("\n", 1)[1].splitlines()
    assert difference[0].startswith("@@ -")
    assert ' "AutomountServiceAccountToken": null,' in [line[1:] for line in difference]
    assert [line for line in difference if line[0] in "-+"] == ['- "NodeName": "",', '+ "NodeName": "n",']


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ({"activeDeadlineSeconds": 5}, {"activeDeadlineSeconds": 6}, "must be less than or equal to previous value"),
        ({"activeDeadlineSeconds": 5}, {}, "must not update from a positive integer to nil value"),
        ({"tolerations": [{"key": "a", "operator": "Exists"}]}, {}, "existing toleration can not be modified except"),
        ({}, {"schedulingGates": [{"name": "g"}]}, "only deletion is allowed, but found new scheduling gate 'g'"),
        ({}, {"containers": [CONTAINER, {**CONTAINER, "name": "d"}]}, "pod updates may not add or remove containers"),
    ],
)
def test_changes_in_one_direction(old: Object, new: Object, fault: str) -> None:
    before, after = ({**POD, "spec": {**POD["spec"], **spec}} for spec in (old, new))
    found = change_faults(before, after)
    assert any(fault in line for line in found), found


def test_a_gated_pod_gets_only_more_node_labels() -> None:
    gated = {"schedulingGates": [{"name": "g"}], "nodeSelector": {"a": "b"}}
    old = {**POD, "spec": {**POD["spec"], **gated}}
    assert change_faults(old, changed(old, "spec.nodeSelector", {"a": "b", "c": "d"})) == []
    [fault] = change_faults(old, changed(old, "spec.nodeSelector", {"a": "x"}))
    assert fault.endswith("only additions to spec.nodeSelector are allowed (no mutations or deletions)")


# Status


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ({"qosClass": "Guaranteed"}, 'status.qosClass: Invalid value: "Guaranteed": field is immutable'),
        ({"podIPs": [{"ip": "x"}]}, "must be a valid IP address"),
        ({"podIPs": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.2"}]}, "may specify no more than one IP for each IP family"),
        ({"hostIPs": [{"ip": "1.1.1.1"}]}, "must be equal to `hostIP`"),
        ({"containerStatuses": [{"name": "c", "state": {"running": {}}}]}, "may not be transitioned to non-terminated"),
        ({"conditions": [{"type": "a b"}]}, "metadata.conditions[0].Type: Invalid value"),
    ],
)
def test_statuses(status: Object, fault: str) -> None:
    ended = [{"name": "c", "state": {"terminated": {"exitCode": 0}}}]
    old = {
        **changed(POD, "spec.restartPolicy", "Never"),
        "status": {"qosClass": "BestEffort", "containerStatuses": ended},
    }
    found = status_faults(old, {**old, "status": {**old["status"], **status}})
    assert any(fault in line for line in found), found
