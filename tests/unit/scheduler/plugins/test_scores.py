"""Each score plugin, by upstream's formulas."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.scheduler.plugins.balanced_allocation import BalancedAllocation
from mini_server.scheduler.plugins.image_locality import ImageLocality
from mini_server.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from mini_server.scheduler.plugins.node_affinity import NodeAffinity
from mini_server.scheduler.plugins.node_resources_fit import NodeResourcesFit
from mini_server.scheduler.plugins.pod_topology_spread import PodTopologySpread
from mini_server.scheduler.plugins.taint_toleration import TaintToleration
from pykubectl.machinery import labels
from tests.unit.scheduler.builders import make_info, make_node, make_pod, run_score

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("name", "pod", "existing", "expected"),
    [
        # (4000 - 2000) * 100 / 4000 = 50; (8 - 4) * 100 / 8 = 50
        ("half of both", make_pod(requests={"cpu": "2", "memory": "4Gi"}), [], 50),
        ("an empty node, an asking pod", make_pod(requests={"cpu": "1", "memory": "2Gi"}), [], 75),
        # A container that asks for nothing counts as 100m and 200Mi: 97 and 97.
        ("nothing requested", make_pod(), [], 97),
        ("those already there count too", make_pod(), [make_pod("o", requests={"cpu": "2", "memory": "4Gi"})], 47),
        ("a full node", make_pod(requests={"cpu": "4", "memory": "8Gi"}), [], 0),
        ("more than there is counts as full", make_pod(requests={"cpu": "8", "memory": "4Gi"}), [], 25),
        (
            "sidecars count",
            make_pod(
                requests={"cpu": "1", "memory": "2Gi"},
                initContainers=[
                    {
                        "name": "s",
                        "restartPolicy": "Always",
                        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}},
                    }
                ],
            ),
            [],
            50,
        ),
    ],
)
def test_least_allocated(name: str, pod: Object, existing: list[Object], expected: int) -> None:
    assert run_score(NodeResourcesFit(), pod, make_info(make_node(), *existing)) == {"n1": expected}, name


@pytest.mark.parametrize(
    ("name", "requests", "existing", "expected"),
    [
        ("as even as before", {"cpu": "2", "memory": "4Gi"}, {}, 75),
        # Deviation |1/2 - 0| / 2 = 0.25 with the pod, 0 without it.
        ("less even", {"cpu": "2"}, {}, 62),
        ("evens out", {"memory": "4Gi"}, {"cpu": "2"}, 87),
    ],
)
def test_balanced_allocation(name: str, requests: dict[str, str], existing: dict[str, str], expected: int) -> None:
    node = make_info(make_node(), make_pod("o", requests=existing))

    assert run_score(BalancedAllocation(), make_pod(requests=requests), node) == {"n1": expected}, name


def test_balanced_allocation_says_nothing_of_best_effort_pods() -> None:
    assert run_score(BalancedAllocation(), make_pod(), make_info(make_node())) is None


def test_node_affinity_sums_the_weights_of_matching_terms() -> None:
    preferred = [
        {"weight": 2, "preference": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}},
        {"weight": 6, "preference": {"matchExpressions": [{"key": "ssd", "operator": "Exists"}]}},
    ]
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    layout: dict[str, dict[str, str]] = {"n1": {"zone": "a"}, "n2": {"zone": "a", "ssd": ""}, "n3": {}}
    nodes = [make_info(make_node(name, labels=own)) for name, own in layout.items()]

    assert run_score(NodeAffinity(), make_pod(affinity=affinity), *nodes) == {"n1": 25, "n2": 100, "n3": 0}
    assert run_score(NodeAffinity(), make_pod(), *nodes) is None


def test_fewer_taints_that_one_would_rather_not_have_score_higher() -> None:
    soft = [{"key": key, "effect": "PreferNoSchedule"} for key in "ab"]
    nodes = [make_info(make_node(f"n{n}", taints=soft[:n])) for n in range(3)]
    tolerant = make_pod(tolerations=[{"key": "b", "operator": "Exists", "effect": "PreferNoSchedule"}])

    assert run_score(TaintToleration(), make_pod(), *nodes) == {"n0": 100, "n1": 50, "n2": 0}
    assert run_score(TaintToleration(), tolerant, *nodes) == {"n0": 100, "n1": 0, "n2": 0}


WEB = {"app": "web"}


def preferred(kind: str, weight: int) -> Object:
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": WEB}}
    return {kind: {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, "podAffinityTerm": term}]}}


def required(kind: str) -> Object:
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": WEB}}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


@pytest.mark.parametrize(
    ("name", "pod", "existing", "expected"),
    [
        ("nobody has preferences", make_pod(), make_pod("o"), None),
        (
            "towards",
            make_pod(affinity=preferred("podAffinity", 5)),
            make_pod("o", labels=WEB),
            {"n1": 100, "n2": 100, "n3": 0},
        ),
        (
            "away",
            make_pod(affinity=preferred("podAntiAffinity", 5)),
            make_pod("o", labels=WEB),
            {"n1": 0, "n2": 0, "n3": 100},
        ),
        (
            "the other one's wish",
            make_pod(labels=WEB),
            make_pod("o", affinity=preferred("podAffinity", 1)),
            {"n1": 100, "n2": 100, "n3": 0},
        ),
        (
            "what the other one requires draws too",
            make_pod(labels=WEB),
            make_pod("o", affinity=required("podAffinity")),
            {"n1": 100, "n2": 100, "n3": 0},
        ),
    ],
)
def test_inter_pod_affinity(name: str, pod: Object, existing: Object, expected: Any) -> None:
    nodes = [
        make_info(make_node("n1", labels={"zone": "a"}), existing),
        make_info(make_node("n2", labels={"zone": "a"})),
        make_info(make_node("n3", labels={"zone": "b"})),
    ]

    assert run_score(InterPodAffinity(lambda name: {}), pod, *nodes) == expected, name


def web(count: int, prefix: str) -> list[Object]:
    return [make_pod(f"{prefix}{n}", labels=WEB) for n in range(count)]


def zoned(zone: str) -> dict[str, str]:
    return {"topology.kubernetes.io/zone": zone}


def test_soft_spreading_prefers_the_emptier_topology() -> None:
    constraint = {
        "topologyKey": "topology.kubernetes.io/zone",
        "maxSkew": 1,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": WEB},
    }
    nodes = [
        make_info(make_node("n1", labels=zoned("a")), *web(4, "a")),
        make_info(make_node("n2", labels=zoned("b")), *web(2, "b")),
        make_info(make_node("n3")),
    ]
    pod = make_pod(labels=WEB, topologySpreadConstraints=[constraint])

    # Two zones weigh ln 4 each: 4 pods make 6 points, 2 pods 3; then 100 * (6 + 3 - s) / 6.
    assert run_score(PodTopologySpread(), pod, *nodes) == {"n1": 50, "n2": 100, "n3": 0}


def test_pods_of_a_group_are_spread_without_being_told_to() -> None:
    nodes = [make_info(make_node("n1"), *web(2, "a")), make_info(make_node("n2")), make_info(make_node("n3"))]
    grouped = PodTopologySpread(lambda pod: labels.selector_from_set(WEB))

    scores = run_score(grouped, make_pod(labels=WEB), *nodes)

    assert scores is not None
    assert scores["n1"] < scores["n2"] == scores["n3"] == 100
    assert run_score(PodTopologySpread(), make_pod(labels=WEB), *nodes) is None


def test_images_that_are_there_count_by_size_and_spread() -> None:
    mib = 1024 * 1024
    holding = make_node("n1")
    holding["status"]["images"] = [{"names": ["nginx:latest"], "sizeBytes": 1000 * mib}]
    nodes = [make_info(holding), make_info(make_node("n2"))]

    # On one node of two: 500 MiB of at most 1000, of which the first 23 do not count.
    assert run_score(ImageLocality(), make_pod(), *nodes) == {"n1": 100 * (500 - 23) // (1000 - 23), "n2": 0}
