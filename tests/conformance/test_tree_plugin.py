"""The plugin of plugins/pykubectl-tree, installed, beside the built-in commands."""

from __future__ import annotations

import pytest

from tests.support.cluster import ClusterProcess

pytestmark = [pytest.mark.conformance, pytest.mark.slow]


def test_tree_shows_what_a_deployment_owns(shop_cluster: ClusterProcess) -> None:
    result = shop_cluster.pykubectl("tree", "deployment", "cart", "-n", "shop")
    assert result.code == 0, result.err
    head, *lines = [line.split() for line in result.out.splitlines()]
    assert head == ["NAMESPACE", "NAME", "READY", "REASON", "AGE"]
    names = [line[1] for line in lines]
    assert names[0] == "Deployment/cart"
    assert names[1].startswith("└─ReplicaSet/cart-")
    assert [name.partition("Pod/")[0] for name in names[2:]] == ["├─", "└─"]


def test_tree_names_what_is_missing(shop_cluster: ClusterProcess) -> None:
    result = shop_cluster.pykubectl("tree", "deployment/none", "-n", "shop")
    assert (result.code, result.out) == (1, "")
    assert result.err == 'Error from server (NotFound): deployments.apps "none" not found\n'


def test_tree_needs_one_object(shop_cluster: ClusterProcess) -> None:
    result = shop_cluster.pykubectl("tree", "deployments")
    assert result.code == 1
    assert result.err == "error: one object is needed: pykubectl tree TYPE NAME, or TYPE/NAME\n"


def test_help_lists_the_command(shop_cluster: ClusterProcess) -> None:
    result = shop_cluster.pykubectl("--help")
    assert "Show an object and everything it owns" in result.out
