"""``explain`` beside the real kubectl: the same bytes for every resource and for paths into them."""

from __future__ import annotations

import shlex

import pytest

from tests.support.cluster import ClusterProcess

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

COMMANDS = """
pod.spec
pod.spec.containers
pod.spec.containers.resources
pod.spec.containers.resources.limits
po.status.phase
pod.metadata
pod.metadata.labels
pod.
deployment.spec.strategy.rollingUpdate
deployments.apps.spec
deployments --api-version=apps/v1
deployments --api-version=apps/v1beta1
svc.spec.type
configmap.data
secret.data
job.spec.template.spec.volumes.hostPath.type
ing.spec.rules.http.paths.pathType
node.status.conditions -R
hpa --api-version=autoscaling/v1
hpa.spec --api-version=autoscaling/v1
crd.spec.versions.schema
pod.nope
pod.spec.nope.x
nope
nope.spec
pods.v1
deploy.apps
pod.spec.containers[0]
pod --api-version=v2
pod svc
pod -o json
"""


def both(cluster: ClusterProcess, *arguments: str) -> None:
    assert cluster.pykubectl("explain", *arguments) == cluster.kubectl("explain", *arguments), arguments


def test_every_resource(cluster: ClusterProcess) -> None:
    names = cluster.must("api-resources", "-o", "name").split()
    assert len(names) > 50
    for name in names:
        both(cluster, name)


def test_every_field_of_large_resources(cluster: ClusterProcess) -> None:
    for name in ("pods", "deployments", "customresourcedefinitions", "validatingadmissionpolicies"):
        both(cluster, name, "--recursive")


@pytest.mark.parametrize("line", ["", *COMMANDS.strip().splitlines()])
def test_paths_and_faults(cluster: ClusterProcess, line: str) -> None:
    both(cluster, *shlex.split(line))
