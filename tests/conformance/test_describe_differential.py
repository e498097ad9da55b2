"""``describe`` beside the real kubectl: the same bytes for every object, ages apart."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import ClusterProcess
from tests.support.commands import Result

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

ODD = Path(__file__).parent / "manifests" / "describe.yaml"

NAMESPACED = (
    "pods,deployments,replicasets,statefulsets,daemonsets,replicationcontrollers,jobs,cronjobs,services,endpoints,"
    "endpointslices,ingresses,networkpolicies,configmaps,secrets,serviceaccounts,roles,rolebindings,"
    "persistentvolumeclaims,resourcequotas,limitranges,poddisruptionbudgets,horizontalpodautoscalers,leases"
)
CLUSTER_SCOPED = (
    "nodes,namespaces,clusterroles,clusterrolebindings,persistentvolumes,storageclasses,csinodes,ingressclasses,"
    "priorityclasses,servicecidrs,ipaddresses,apiservices"
)
COMMANDS = """
pods -n shop
pods -A
pods,services -n shop
pods -l app.kubernetes.io/name=cart -n shop
pod cart -n shop
pod none -n shop
pod a b -n shop
pods -n empty
pods -n shop --show-events=false
pods -n shop --chunk-size=1
deployment/cart svc/cart --show-events=true -n shop
-f examples/shop
-f none.yaml
hpa.v1.autoscaling -n odd
nothing
pod/a/b
pod/a pod
"""

# An age may pass to its next second between two commands, and columns grow with it.
_AGE = re.compile(r"\b(\d+[smhd])+\b|<invalid>")
_SPACES = re.compile(r"  +|-{3,}")


@pytest.fixture(scope="module")
def described(shop_cluster: ClusterProcess) -> Iterator[ClusterProcess]:
    """The shop, and one object of each kind with its unusual fields set."""
    # Bare pods are refused until their new namespace has its service account.
    if shop_cluster.kubectl("apply", "-f", str(ODD)).code != 0:
        shop_cluster.must("wait", "--for=create", "serviceaccount/default", "-n", "odd", "--timeout=30s")
        shop_cluster.must("apply", "-f", str(ODD))
    yield shop_cluster


def ageless(result: Result) -> Result:
    out = "\n".join(_SPACES.sub("  ", _AGE.sub("AGE", line)).rstrip() for line in result.out.split("\n"))
    return result._replace(out=out)


def same(cluster: ClusterProcess, *arguments: str) -> None:
    ours, theirs = cluster.pykubectl("describe", *arguments), cluster.kubectl("describe", *arguments)
    if ours != theirs:
        assert ageless(ours) == ageless(theirs), arguments


@pytest.mark.parametrize("namespace", ["shop", "odd", "kube-system", "default"])
def test_every_object_of_a_namespace(described: ClusterProcess, namespace: str) -> None:
    names = described.must("get", NAMESPACED, "-n", namespace, "-o", "name", "--ignore-not-found").split()
    for name in names:
        # Leases of controllers are renewed all the time.
        if not name.startswith("lease"):
            same(described, name, "-n", namespace)


def test_every_object_outside_namespaces(described: ClusterProcess) -> None:
    for name in described.must("get", CLUSTER_SCOPED, "-o", "name").split():
        if not name.startswith("node/"):
            same(described, name)


def test_nodes(described: ClusterProcess) -> None:
    for name in described.must("get", "nodes", "-o", "name").split():
        # A lease may be renewed between the two commands, hence the second look.
        for _ in range(3):
            ours, theirs = described.pykubectl("describe", name), described.kubectl("describe", name)
            if ageless(ours) == ageless(theirs):
                break
        assert ageless(ours) == ageless(theirs)


@pytest.mark.parametrize("line", ["", *COMMANDS.strip().splitlines()])
def test_command_lines(described: ClusterProcess, line: str) -> None:
    same(described, *shlex.split(line))
