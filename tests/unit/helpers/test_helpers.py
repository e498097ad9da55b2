"""Rules over plain objects: requests, quality of service, taints, affinity, owners, rollouts."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.helpers import deployments, owners
from pykubectl.helpers.node_affinity import matches_node_selector_term, pod_matches_node
from pykubectl.helpers.pods import by_logging, is_ready, is_terminal, pod_limits, pod_requests, qos_class
from pykubectl.helpers.taints import tolerates_taint

Object = dict[str, Any]


def container(requests: Object | None = None, limits: Object | None = None, **fields: Any) -> Object:
    return {"name": "c", "resources": {"requests": requests or {}, "limits": limits or {}}, **fields}


def pod(*containers: Object, **spec: Any) -> Object:
    return {"metadata": {"name": "p"}, "spec": {"containers": list(containers), **spec}}


def texts(amounts: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in amounts.items()}


def test_requests_of_containers_are_added() -> None:
    both = pod(container({"cpu": "100m", "memory": "1Gi"}), container({"cpu": "1"}))
    assert texts(pod_requests(both)) == {"cpu": "1100m", "memory": "1Gi"}


def test_init_containers_count_by_their_greatest_step() -> None:
    steps = [container({"cpu": "2"}), container({"cpu": "500m"}, restartPolicy="Always"), container({"cpu": "3"})]
    # The last step runs beside the sidecar that started before it.
    assert texts(pod_requests(pod(container({"cpu": "1"}), initContainers=steps))) == {"cpu": "3500m"}
    assert texts(pod_requests(pod(container({"cpu": "4"}), initContainers=steps))) == {"cpu": "4500m"}


def test_overhead_is_added_to_limits_that_exist() -> None:
    burdened = pod(container({"cpu": "1"}, {"cpu": "2"}), overhead={"cpu": "250m", "memory": "1Mi"})
    assert texts(pod_requests(burdened)) == {"cpu": "1250m", "memory": "1Mi"}
    assert texts(pod_limits(burdened)) == {"cpu": "2250m"}


FULL = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (pod(container()), "BestEffort"),
        (pod(container({"cpu": "0"})), "BestEffort"),
        (pod(container({"example.com/gpu": "1"})), "BestEffort"),
        (pod(container({"cpu": "1"})), "Burstable"),
        (pod(container(FULL, FULL)), "Guaranteed"),
        (pod(container(FULL, {"cpu": "1000m", "memory": "1024Mi"})), "Guaranteed"),
        (pod(container(FULL, FULL), container()), "Burstable"),
        (pod(container(FULL, {"cpu": "2", "memory": "1Gi"})), "Burstable"),
        (pod(container(FULL, FULL), initContainers=[container({"cpu": "1"})]), "Burstable"),
        (pod(container(), resources={"requests": FULL, "limits": FULL}), "Guaranteed"),
        (pod(container(FULL, FULL), resources={"requests": {"cpu": "1"}}), "Burstable"),
        (pod(container({"cpu": "1"}), resources={"limits": {"cpu": "2"}}), "Burstable"),
        (pod(container(FULL, FULL), resources={}), "Guaranteed"),
    ],
)
def test_quality_of_service(subject: Object, expected: str) -> None:
    assert qos_class(subject) == expected


def test_ready_and_terminal() -> None:
    ready = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
    assert is_ready(ready)
    assert not is_ready({"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    assert not is_terminal(ready)
    assert is_terminal({"status": {"phase": "Failed"}})
    assert not is_terminal({})


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "k", "operator": "Exists"}, True),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "k", "value": "5"}, True),
        ({"key": "k", "operator": "Equal", "value": "6"}, False),
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "key": "other"}, False),
        ({"key": "k", "operator": "Gt", "value": "4"}, True),
        ({"key": "k", "operator": "Lt", "value": "4"}, False),
        ({"key": "k", "operator": "Gt", "value": "1_0"}, False),
    ],
)
def test_tolerations(toleration: Object, expected: bool) -> None:
    taint = {"key": "k", "value": "5", "effect": "NoSchedule"}
    assert tolerates_taint([toleration], taint) is expected


def node(**labels: str) -> Object:
    return {"metadata": {"name": "n1", "labels": labels}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"key": "zone", "operator": "In", "values": ["a", "b"]}, True),
        ({"key": "zone", "operator": "NotIn", "values": ["a"]}, False),
        ({"key": "rack", "operator": "NotIn", "values": ["a"]}, True),
        ({"key": "zone", "operator": "Exists"}, True),
        ({"key": "rack", "operator": "DoesNotExist"}, True),
        ({"key": "size", "operator": "Gt", "values": ["4"]}, True),
        ({"key": "size", "operator": "Lt", "values": ["5"]}, False),
        ({"key": "zone", "operator": "Gt", "values": ["1"]}, False),
    ],
)
def test_node_selector_terms(expression: Object, expected: bool) -> None:
    assert matches_node_selector_term({"matchExpressions": [expression]}, node(zone="a", size="5")) is expected


def test_pods_and_nodes() -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{}, term]}}
    assert pod_matches_node(pod(affinity={"nodeAffinity": required}), node())
    assert not pod_matches_node(pod(nodeSelector={"zone": "b"}), node(zone="a"))
    assert not matches_node_selector_term({}, node())


def test_owners() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "r", "uid": "1"}}
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "1", "controller": True}
    child = {"metadata": {"ownerReferences": [{"uid": "0"}, reference]}}
    found = owners.controller_of(child)
    assert found is not None
    assert found["name"] == "r"
    assert owners.is_controlled_by(child, owner)
    assert not owners.is_controlled_by({"metadata": {}}, owner)


WAITING = 'Waiting for deployment "d" rollout to finish: '


@pytest.mark.parametrize(
    ("generation", "status", "line", "done"),
    [
        (2, {"observedGeneration": 1}, "Waiting for deployment spec update to be observed...", False),
        (1, {"updatedReplicas": 1},
        WAITING + '1 out of 3 new replicas have been updated...', False),
        (1, {"updatedReplicas": 3, "replicas": 4},
        WAITING + '1 old replicas are pending termination...', False),
        (1, {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 2},
         WAITING + '2 of 3 updated replicas are available...', False),
        (1, {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 3},
        'deployment "d" successfully rolled out', True),
    ],
)  # fmt: skip
def test_rollouts(generation: int, status: Object, line: str, done: bool) -> None:
    subject = {
        "metadata": {"name": "d", "generation": generation},
        "spec": {"replicas": 3},
        "status": {"observedGeneration": 1, **status},
    }
    assert deployments.rollout_status(subject) == (f"{line}\n", done)


def test_a_rollout_that_hangs() -> None:
    status = {"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}
    with pytest.raises(TimeoutError, match='deployment "d" exceeded its progress deadline'):
        deployments.rollout_status({"metadata": {"name": "d"}, "spec": {}, "status": status})


def test_revisions() -> None:
    assert deployments.revision({"metadata": {}}) == 0
    assert deployments.revision({"metadata": {"annotations": {deployments.REVISION_ANNOTATION: "12"}}}) == 12


def _logging_pod(name: str, ready: str = "", phase: str = "Running", restarts: int = 0, created: str = "1") -> Object:
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": ready}] if ready else []
    statuses = [{"name": "c", "restartCount": restarts}]
    status = {"phase": phase, "conditions": conditions, "containerStatuses": statuses}
    return {
        "metadata": {"name": name, "creationTimestamp": created},
        "spec": {"nodeName": "n", "containers": [{"name": "c"}]},
        "status": status,
    }


def test_the_pod_that_says_most_is_logged_first() -> None:
    expected = [
        _logging_pod("ready-longest", ready="2020-01-01T00:00:00Z"),
        _logging_pod("restarted", ready="2020-01-02T00:00:00Z", restarts=3),
        _logging_pod("older", ready="2020-01-02T00:00:00Z", created="2020-01-01T00:00:00Z"),
        _logging_pod("newer", ready="2020-01-02T00:00:00Z", created="2020-01-01T00:00:01Z"),
        _logging_pod("not-ready"),
        _logging_pod("pending", phase="Pending"),
    ]
    mixed = [expected[i] for i in (3, 0, 5, 2, 4, 1)]
    assert sorted(mixed, key=by_logging) == expected
