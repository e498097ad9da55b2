"""Each filter plugin, by upstream's documented rules: the reason it refuses a node with, or None."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.scheduler.framework.interface import Code
from mini_server.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from mini_server.scheduler.plugins.node_affinity import NodeAffinity
from mini_server.scheduler.plugins.node_name import NodeName
from mini_server.scheduler.plugins.node_ports import NodePorts
from mini_server.scheduler.plugins.node_resources_fit import NodeResourcesFit
from mini_server.scheduler.plugins.node_unschedulable import NodeUnschedulable
from mini_server.scheduler.plugins.pod_topology_spread import PodTopologySpread
from mini_server.scheduler.plugins.scheduling_gates import SchedulingGates
from mini_server.scheduler.plugins.taint_toleration import TaintToleration
from tests.unit.scheduler.builders import make_info, make_node, make_pod, run_filter

Object = dict[str, Any]


def reasons(plugin: Any, pod: Object, *nodes: Any) -> list[str | None]:
    """What the plugin says of each node, in order."""
    found = run_filter(plugin, pod, *nodes).values()
    return [None if status is None else status.message for status in found]


def reason(plugin: Any, pod: Object, node: Any) -> str | None:
    return reasons(plugin, pod, node)[0]


# NodeName, NodeUnschedulable, SchedulingGates


def test_node_name() -> None:
    nodes = [make_info(make_node("n1")), make_info(make_node("n2"))]

    assert reasons(NodeName(), make_pod(), *nodes) == [None, None]
    wrong = "node(s) didn't match the requested node name"
    assert reasons(NodeName(), make_pod(nodeName="n2"), *nodes) == [wrong, None]


@pytest.mark.parametrize(
    ("tolerations", "expected"),
    [
        ([], "node(s) were unschedulable"),
        ([{"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}], None),
        ([{"operator": "Exists"}], None),
        ([{"key": "other", "operator": "Exists"}], "node(s) were unschedulable"),
    ],
)
def test_cordoned_nodes(tolerations: list[Object], expected: str | None) -> None:
    node = make_node()
    node["spec"]["unschedulable"] = True

    assert reason(NodeUnschedulable(), make_pod(tolerations=tolerations), make_info(node)) == expected
    assert reason(NodeUnschedulable(), make_pod(), make_info(make_node())) is None


def test_scheduling_gates() -> None:
    status = SchedulingGates().pre_enqueue(make_pod(schedulingGates=[{"name": "a"}, {"name": "b"}]))

    assert status is not None
    assert status.message == "waiting for scheduling gates: [a b]"
    assert SchedulingGates().pre_enqueue(make_pod()) is None


# NodeResourcesFit

PODS_FULL = make_info(make_node(pods="1"), make_pod("other"))
HALF_FULL = make_info(make_node(), make_pod("other", requests={"cpu": "2", "memory": "4Gi"}))


@pytest.mark.parametrize(
    ("name", "pod", "node", "expected", "resolvable"),
    [
        ("nothing requested", make_pod(), HALF_FULL, None, True),
        ("exactly what is left", make_pod(requests={"cpu": "2", "memory": "4Gi"}), HALF_FULL, None, True),
        ("a millicore too many", make_pod(requests={"cpu": "2001m"}), HALF_FULL, "Insufficient cpu", True),
        ("memory", make_pod(requests={"memory": "5Gi"}), HALF_FULL, "Insufficient memory", True),
        (
            "both",
            make_pod(requests={"memory": "5Gi", "cpu": "3"}),
            HALF_FULL,
            "Insufficient cpu, Insufficient memory",
            True,
        ),
        ("more than the node has", make_pod(requests={"cpu": "5"}), HALF_FULL, "Insufficient cpu", False),
        (
            "a resource that it lacks",
            make_pod(requests={"example.com/gpu": "1"}),
            HALF_FULL,
            "Insufficient example.com/gpu",
            False,
        ),
        ("too many pods", make_pod(), PODS_FULL, "Too many pods", True),
        (
            "the largest init container counts, not their sum",
            make_pod(initContainers=[{"name": n, "resources": {"requests": {"cpu": "2"}}} for n in "ab"]),
            HALF_FULL,
            None,
            True,
        ),
        (
            "an init container larger than the containers",
            make_pod(requests={"cpu": "1"}, initContainers=[{"name": "i", "resources": {"requests": {"cpu": "3"}}}]),
            HALF_FULL,
            "Insufficient cpu",
            True,
        ),
        (
            "sidecars add to the containers",
            make_pod(
                requests={"cpu": "1500m"},
                initContainers=[{"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "600m"}}}],
            ),
            HALF_FULL,
            "Insufficient cpu",
            True,
        ),
        (
            "overhead adds to the containers",
            make_pod(requests={"cpu": "1500m"}, overhead={"cpu": "600m"}),
            HALF_FULL,
            "Insufficient cpu",
            True,
        ),
        (
            "the pod's own requests stand for its containers'",
            make_pod(requests={"cpu": "3"}, resources={"requests": {"cpu": "1"}}),
            HALF_FULL,
            None,
            True,
        ),
    ],
)
def test_resources(name: str, pod: Object, node: Any, expected: str | None, resolvable: bool) -> None:
    status = run_filter(NodeResourcesFit(), pod, node)["n1"]

    assert (None if status is None else status.message) == expected, name
    if status is not None:
        assert (status.code is Code.UNSCHEDULABLE) == resolvable, name


# NodePorts


def port(number: int, protocol: str = "TCP", ip: str = "") -> list[Object]:
    return [{"name": "c", "ports": [{"containerPort": 80, "hostPort": number, "protocol": protocol, "hostIP": ip}]}]


@pytest.mark.parametrize(
    ("wanted", "free"),
    [
        (port(8080), False),
        (port(8081), True),
        (port(8080, "UDP"), True),
        (port(8080, ip="127.0.0.1"), False),
        (port(9090, ip="127.0.0.1"), False),
        (port(9090, ip="127.0.0.2"), True),
        (port(9090), False),
    ],
)
def test_host_ports(wanted: list[Object], free: bool) -> None:
    one, two = make_pod("a"), make_pod("b")
    one["spec"]["containers"] = port(8080)
    two["spec"]["containers"] = port(9090, ip="127.0.0.1")
    pod = make_pod()
    pod["spec"]["containers"] = wanted

    found = reason(NodePorts(), pod, make_info(make_node(), one, two))

    assert found == (None if free else "node(s) didn't have free ports for the requested pod ports")


# TaintToleration


@pytest.mark.parametrize(
    ("taint", "toleration", "tolerated"),
    [
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, None, False),
        ({"key": "k", "value": "v", "effect": "NoExecute"}, None, False),
        ({"key": "k", "value": "v", "effect": "PreferNoSchedule"}, None, True),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, {"key": "k", "value": "v"}, True),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, {"key": "k", "value": "w"}, False),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, {"key": "k", "operator": "Exists"}, True),
        ({"key": "k", "value": "v", "effect": "NoSchedule"}, {"operator": "Exists"}, True),
        (
            {"key": "k", "value": "v", "effect": "NoSchedule"},
            {"key": "k", "operator": "Exists", "effect": "NoExecute"},
            False,
        ),
    ],
)
def test_taints(taint: Object, toleration: Object | None, tolerated: bool) -> None:
    pod = make_pod(tolerations=[toleration] if toleration else [])

    found = reason(TaintToleration(), pod, make_info(make_node(taints=[taint])))

    assert found == (None if tolerated else "node(s) had untolerated taint(s)")


# NodeAffinity


def required(*terms: Object) -> Object:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


def expression(key: str, operator: str, *values: str) -> Object:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("spec", "matches"),
    [
        ({"nodeSelector": {"zone": "a"}}, True),
        ({"nodeSelector": {"zone": "b"}}, False),
        ({"affinity": required(expression("zone", "In", "a", "b"))}, True),
        ({"affinity": required(expression("zone", "NotIn", "a"))}, False),
        ({"affinity": required(expression("zone", "Exists"))}, True),
        ({"affinity": required(expression("disk", "DoesNotExist"))}, True),
        ({"affinity": required(expression("cpus", "Gt", "3"))}, True),
        ({"affinity": required(expression("cpus", "Lt", "4"))}, False),
        ({"affinity": required(expression("zone", "In", "b"), expression("cpus", "Exists"))}, True),
        ({"affinity": required({})}, False),
        ({"affinity": required(expression("zone", "In", "a")), "nodeSelector": {"zone": "b"}}, False),
    ],
)
def test_node_affinity(spec: Object, matches: bool) -> None:
    node = make_info(make_node(labels={"zone": "a", "cpus": "4"}))

    found = reason(NodeAffinity(), make_pod(**spec), node)

    assert found == (None if matches else "node(s) didn't match Pod's node affinity/selector")


def fields(*names: str) -> Object:
    return {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [n]} for n in names]}


def test_node_affinity_narrows_to_the_nodes_it_names() -> None:
    pre_filter = NodeAffinity().pre_filter
    from mini_server.scheduler.framework.interface import CycleState, Snapshot

    pod = make_pod(affinity=required(fields("n1"), fields("n2")))
    assert pre_filter(CycleState(), pod, Snapshot()).nodes == frozenset(["n1", "n2"])
    open_ended = make_pod(affinity=required(fields("n1"), expression("zone", "Exists")))
    assert pre_filter(CycleState(), open_ended, Snapshot()).nodes is None
    conflict = pre_filter(CycleState(), make_pod(affinity=required(fields("n1", "n2"))), Snapshot())
    assert conflict.status is not None
    assert conflict.status.message == "pod affinity terms conflict"


# InterPodAffinity

AFFINITY = "node(s) didn't match pod affinity rules"
ANTI = "node(s) didn't match pod anti-affinity rules"
EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"


def near(kind: str, *labels: dict[str, str], topology: str = "zone", **term: Any) -> Object:
    terms = [{"labelSelector": {"matchLabels": one}, "topologyKey": topology, **term} for one in labels]
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def zones(**pods: list[Object]) -> list[Any]:
    """Two nodes in zone a, one in b, one without a zone; pods by node name."""
    layout = {"n1": {"zone": "a"}, "n2": {"zone": "a"}, "n3": {"zone": "b"}, "n4": {}}
    return [make_info(make_node(name, labels=own), *pods.get(name, [])) for name, own in layout.items()]


def labels_of(name: str) -> dict[str, str]:
    return {"secure": "eu-west-1"} if name == "eu" else {}


def affinity(pod: Object, **pods: list[Object]) -> list[str | None]:
    return reasons(InterPodAffinity(labels_of), pod, *zones(**pods))


WEB = {"app": "web"}


def test_affinity_wants_the_topology_of_a_matching_pod() -> None:
    pod = make_pod(affinity=near("podAffinity", WEB))

    assert affinity(pod, n1=[make_pod("w", labels=WEB)]) == [None, None, AFFINITY, AFFINITY]


def test_affinity_to_nobody_leaves_the_pod_pending() -> None:
    assert affinity(make_pod(affinity=near("podAffinity", WEB))) == [AFFINITY] * 4


def test_the_first_pod_of_a_group_may_start_anywhere_in_a_topology() -> None:
    pod = make_pod(labels=WEB, affinity=near("podAffinity", WEB))

    assert affinity(pod) == [None, None, None, AFFINITY]
    assert affinity(pod, n3=[make_pod("w", labels=WEB)]) == [AFFINITY, AFFINITY, None, AFFINITY]


def test_one_pod_must_match_all_terms() -> None:
    pod = make_pod(affinity=near("podAffinity", WEB, {"tier": "front"}))
    both = make_pod("both", labels={**WEB, "tier": "front"})

    apart = affinity(pod, n1=[make_pod("w", labels=WEB), make_pod("f", labels={"tier": "front"})])
    assert apart == [AFFINITY] * 4
    assert affinity(pod, n1=[both]) == [None, None, AFFINITY, AFFINITY]


def test_anti_affinity_keeps_away_from_matching_pods() -> None:
    pod = make_pod(affinity=near("podAntiAffinity", WEB))

    assert affinity(pod, n1=[make_pod("w", labels=WEB)]) == [ANTI, ANTI, None, None]


def test_anti_affinity_holds_against_newcomers_too() -> None:
    lonely = make_pod("lonely", affinity=near("podAntiAffinity", WEB))

    assert affinity(make_pod(labels=WEB), n3=[lonely]) == [None, None, EXISTING, None]
    assert affinity(make_pod(), n3=[lonely]) == [None] * 4


def test_terms_speak_of_the_pods_own_namespace_unless_they_name_others() -> None:
    elsewhere = make_pod("w", labels=WEB, namespace="eu")
    cases = [({}, False), ({"namespaces": ["eu"]}, True), ({"namespaces": ["us"]}, False)]
    cases += [
        ({"namespaceSelector": {"matchLabels": {"secure": "eu-west-1"}}}, True),
        ({"namespaceSelector": {}}, True),
    ]
    for term, found in cases:
        pod = make_pod(affinity=near("podAffinity", WEB, **term))
        expected = [None, None, AFFINITY, AFFINITY] if found else [AFFINITY] * 4
        assert affinity(pod, n1=[elsewhere]) == expected, term


def test_match_label_keys_narrow_to_pods_like_this_one() -> None:
    pod = make_pod(
        labels={**WEB, "pod-template-hash": "2"},
        affinity=near("podAntiAffinity", WEB, matchLabelKeys=["pod-template-hash"]),
    )
    older = make_pod("o", labels={**WEB, "pod-template-hash": "1"})

    assert affinity(pod, n1=[older]) == [None] * 4


# PodTopologySpread

SKEW = "node(s) didn't match pod topology spread constraints"
MISSING = f"{SKEW} (missing required label)"


def spread(key: str = "zone", skew: int = 1, **more: Any) -> Object:
    selector = {"matchLabels": WEB}
    return {
        "topologyKey": key,
        "maxSkew": skew,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": selector,
        **more,
    }


def web(count: int, prefix: str) -> list[Object]:
    return [make_pod(f"{prefix}{n}", labels=WEB) for n in range(count)]


def spreading(*constraints: Object, **pods: list[Object]) -> list[str | None]:
    pod = make_pod(labels=WEB, topologySpreadConstraints=list(constraints))
    return reasons(PodTopologySpread(), pod, *zones(**pods))


@pytest.mark.parametrize(
    ("name", "constraint", "pods", "expected"),
    [
        ("all empty", spread(), {}, [None, None, None, MISSING]),
        ("zone a is one ahead", spread(), {"n1": web(1, "a")}, [SKEW, SKEW, None, MISSING]),
        ("a wider skew", spread(skew=2), {"n1": web(1, "a")}, [None, None, None, MISSING]),
        (
            "even",
            spread(),
            {"n1": web(1, "a"), "n2": web(1, "b"), "n3": web(2, "c")},
            [None, None, None, MISSING],
        ),
        (
            "per node, where every node is a topology",
            spread("kubernetes.io/hostname"),
            {"n1": web(1, "a"), "n2": web(1, "b"), "n3": web(1, "c")},
            [SKEW, SKEW, SKEW, None],
        ),
        (
            "too few domains count as one that is empty",
            spread(minDomains=3),
            {"n1": web(1, "a"), "n3": web(1, "b")},
            [SKEW, SKEW, SKEW, MISSING],
        ),
        ("soft ones do not filter", spread(whenUnsatisfiable="ScheduleAnyway"), {"n1": web(9, "a")}, [None] * 4),
    ],
)
def test_topology_spread(name: str, constraint: Object, pods: Any, expected: list[str | None]) -> None:
    assert spreading(constraint, **pods) == expected, name


def test_pods_that_are_leaving_or_elsewhere_do_not_count() -> None:
    leaving, elsewhere = make_pod("l", labels=WEB), make_pod("e", labels=WEB, namespace="other")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert spreading(spread(), n1=[leaving, elsewhere]) == [None, None, None, MISSING]


def test_nodes_that_the_pod_may_not_run_on_are_no_domain() -> None:
    pod = make_pod(labels=WEB, topologySpreadConstraints=[spread()], nodeSelector={"zone": "a"})
    ignoring = make_pod(
        labels=WEB, topologySpreadConstraints=[spread(nodeAffinityPolicy="Ignore")], nodeSelector={"zone": "a"}
    )
    nodes = zones(n1=web(1, "a"))

    assert reasons(PodTopologySpread(), pod, *nodes)[:2] == [None, None]
    assert reasons(PodTopologySpread(), ignoring, *nodes)[:2] == [SKEW, SKEW]


def test_tainted_nodes_count_unless_taints_are_honored() -> None:
    tainted = make_node("n3", labels={"zone": "b"}, taints=[{"key": "k", "effect": "NoSchedule"}])
    nodes = [make_info(make_node("n1", labels={"zone": "a"}), *web(1, "a")), make_info(tainted)]

    def found(policy: str) -> str | None:
        pod = make_pod(labels=WEB, topologySpreadConstraints=[spread(nodeTaintsPolicy=policy)])
        return reasons(PodTopologySpread(), pod, *nodes)[0]

    assert found("Ignore") == SKEW
    assert found("Honor") is None


def test_a_what_if_of_preemption_is_counted_anew() -> None:
    pod = make_pod(labels=WEB, topologySpreadConstraints=[spread()])
    nodes = zones(n1=web(1, "a"))
    from mini_server.scheduler.framework.interface import CycleState
    from tests.unit.scheduler.builders import snapshot

    plugin, state = PodTopologySpread(), CycleState(snapshot=snapshot(*nodes))
    plugin.pre_filter(state, pod, state["snapshot"])
    trial = nodes[0].clone()
    trial.remove_pod("uid-a0")

    assert plugin.filter(state, pod, nodes[0]) is not None
    assert plugin.filter(state, pod, trial) is None
