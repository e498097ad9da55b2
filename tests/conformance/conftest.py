"""Clusters that the real kubectl talks to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cluster import ClusterProcess, install_shop


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    """A control plane with three nodes and nothing else on it; one a test module."""
    with ClusterProcess(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="module")
def shop_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    """A control plane with the web shop on it, its Deployments rolled out and its Job complete; one a test module.

    Tests that change the shop put it back.
    """
    with ClusterProcess(tmp_path_factory.mktemp("shop")) as running:
        install_shop(running)
        yield running
