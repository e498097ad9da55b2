"""Other people's clients work against the server as they are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.cluster import ClusterProcess

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

PROGRAMS = Path(__file__).with_name("clients")
TO_BE_SEEN = """
apiVersion: v1
kind: ConfigMap
metadata: {name: seen, namespace: default, labels: {operator: kopf}}
"""


@pytest.mark.parametrize("program", ["client_python", "kr8s_client", "lightkube_client"])
def test_a_program_works_without_an_error(shop_cluster: ClusterProcess, program: str) -> None:
    result = shop_cluster.commands.run((sys.executable,), (str(PROGRAMS / f"{program}.py"),))
    assert (result.code, result.out) == (0, ""), result.err


def test_an_operator_in_kopf(shop_cluster: ClusterProcess) -> None:
    operator = shop_cluster.commands.start((sys.executable,), (str(PROGRAMS / "kopf_operator.py"),))
    try:
        shop_cluster.must("create", "-f", "-", stdin=TO_BE_SEEN)
        shop_cluster.must("wait", "--for=jsonpath={.metadata.annotations.seen}=yes", "configmap/seen", "--timeout=30s")
        shop_cluster.must("delete", "configmap", "seen", "--timeout=30s")
        out, err = operator.communicate(timeout=30)
        assert operator.returncode == 0, out + err
    finally:
        operator.kill()
        operator.communicate()
