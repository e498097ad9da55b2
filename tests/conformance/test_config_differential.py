"""Kubeconfigs shown and changed beside the real kubectl: merged files, relative paths, fields of other types."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.commands import Result, Surroundings

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

PLUGIN = "{apiVersion: client.authentication.k8s.io/v1, command: ./plug, args: [a], interactiveMode: Never}"
OLD_PLUGIN = "{apiVersion: client.authentication.k8s.io/v1beta1, command: plug}"
FILES = {
    "a": """
current-context: one
clusters: [{name: c1, cluster: {server: "https://127.0.0.1:1", certificate-authority: ca.pem}}]
contexts: [{name: one, context: {cluster: c1, user: u1, namespace: nsa}}]
users: [{name: u1, user: {tokenFile: tok, client-certificate: cc.pem, client-key: ck.pem}}]
""",
    "sub/b": f"""
current-context: two
clusters:
- {{name: c1, cluster: {{server: "https://other:1"}}}}
- {{name: c2, cluster: {{server: "https://h", certificate-authority: ../ca.pem, insecure-skip-tls-verify: false}}}}
contexts: [{{name: one, context: {{cluster: c2, user: u2}}}}, {{name: two, context: {{cluster: c2, user: u2}}}}]
users: [{{name: u2, user: {{exec: {PLUGIN}}}}}, {{name: u3, user: {{exec: {OLD_PLUGIN}}}}}, {{name: u1, user: {{}}}}]
""",
    "number": "clusters: [{name: x, cluster: {server: 5}}]",
    "texts": "users: [{name: x, user: {as-groups: g, token: [1]}}]",
    "text": 'clusters: [{name: x, cluster: {insecure-skip-tls-verify: "yes", server: https://h}}]',
    "kind": "kind: Foo\napiVersion: v2",
    "unknown": "clusters: [{name: x, cluster: {bogus: 1, server: https://h}}]",
    **{name: name for name in ("ca.pem", "cc.pem", "ck.pem")},
}
PATHS = ("a:sub/b", "sub/b:a", ":a", "number", "texts", "text", "kind", "unknown")
VIEWS = ("view", "view --raw", "view --minify", "view -o json", "view --flatten", "get-contexts", "current-context")


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A directory with the files for each of the two."""
    first = tmp_path / "kubectl"
    (first / "sub").mkdir(parents=True)
    for name, text in FILES.items():
        (first / name).write_text(text)
    shutil.copytree(first, tmp_path / "pykubectl")
    return first, tmp_path / "pykubectl"


def run(tool: str, place: Path, paths: str, line: str) -> Result:
    named = ":".join(str(place / name) if name else "" for name in paths.split(":"))
    commands = Surroundings(place / "home", place / "a", extra={"KUBECONFIG": named})
    code, out, err = getattr(commands, tool)("config", *line.split())
    return Result(code, out.replace(str(place), "PLACE"), err.replace(str(place), "PLACE"))


@pytest.mark.parametrize("paths", PATHS)
def test_views(places: tuple[Path, Path], paths: str) -> None:
    for line in VIEWS:
        assert run("pykubectl", places[1], paths, line) == run("kubectl", places[0], paths, line), line


def test_changes_keep_relative_paths(places: tuple[Path, Path]) -> None:
    for line in (
        "set-credentials u1 --username=z --password=q",
        "set-context one --namespace=k",
        "set-cluster c1 --server=https://x",
        "view --raw",
    ):
        assert run("pykubectl", places[1], "a", line) == run("kubectl", places[0], "a", line), line
