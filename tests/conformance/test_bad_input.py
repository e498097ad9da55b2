"""Bad input and bad surroundings: one line in kubectl's words, exit code 1, never a traceback."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import ClusterProcess
from tests.support.commands import MINI_SERVER, PYKUBECTL, Result, Surroundings

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

# What follows is the manifest. The real kubectl says the same of each.
MANIFESTS = [
    "a: b: c\n",
    "{",
    "a: [1\n",
    "\ta: b\n",
    "kind: ConfigMap\nmetadata: {name: x}\n",
    "apiVersion: v1\nmetadata: {name: x}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nfoo: 1\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: UPPER}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: [1]\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: missing}\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {}\n",
    "",
    "# nothing but a comment\n",
]


def one_line(result: Result) -> None:
    """Failed as a command fails."""
    assert result.code == 1, result
    assert result.out == ""
    assert len(result.err.splitlines()) == 1, result.err
    assert "Traceback" not in result.err


@pytest.fixture
def alone(tmp_path: Path) -> Surroundings:
    """No cluster, no kubeconfig."""
    return Surroundings(tmp_path / "home", tmp_path / "kubeconfig")


@pytest.fixture
def port() -> Iterator[int]:
    """A port of the loopback interface that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


@pytest.mark.parametrize("text", MANIFESTS)
@pytest.mark.parametrize("verb", ["apply", "create"])
def test_manifests(cluster: ClusterProcess, verb: str, text: str) -> None:
    expected = cluster.kubectl(verb, "-f", "-", stdin=text)
    actual = cluster.pykubectl(verb, "-f", "-", stdin=text)
    assert actual == expected
    assert actual.code == 1


def test_unknown_kind(cluster: ClusterProcess) -> None:
    result = cluster.pykubectl("apply", "-f", "-", stdin="apiVersion: x.y/v1\nkind: Nope\nmetadata: {name: x}\n")
    assert result.code == 1
    assert result.err == (
        'error: resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Nope" in '
        'version "x.y/v1"\nensure CRDs are installed first\n'
    )


@pytest.mark.parametrize("name", ["missing.yaml", "folder", "unreadable.yaml"])
def test_files_that_cannot_be_read(cluster: ClusterProcess, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text("no manifest")
    (tmp_path / "unreadable.yaml").write_text("a: b\n")
    (tmp_path / "unreadable.yaml").chmod(0)
    if name == "unreadable.yaml" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = str(tmp_path / name)
    expected, actual = cluster.kubectl("apply", "-f", path), cluster.pykubectl("apply", "-f", path)
    assert actual == expected
    one_line(actual)


@pytest.mark.parametrize(
    "arguments", [["get", "pods"], ["api-resources"], ["apply", "-f", "examples/shop/00-namespace.yaml"]]
)
def test_unreachable_server(alone: Surroundings, arguments: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = int(taken.getsockname()[1])
    result = alone.pykubectl(*arguments, "-s", f"http://127.0.0.1:{free}")
    one_line(result)
    assert f"127.0.0.1:{free} was refused - did you specify the right host or port?" in result.err


def test_no_configuration_at_all(alone: Surroundings) -> None:
    expected, actual = alone.kubectl("config", "current-context"), alone.pykubectl("config", "current-context")
    assert actual == expected
    one_line(actual)


def test_bad_token(cluster: ClusterProcess, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\n"
        f"clusters: [{{name: x, cluster: {{server: '{cluster.url}', insecure-skip-tls-verify: true}}}}]\n"
        "users: [{name: x, user: {token: wrong}}]\ncontexts: [{name: x, context: {cluster: x, user: x}}]\n"
    )
    surroundings = Surroundings(tmp_path / "home", kubeconfig)
    result = surroundings.pykubectl("get", "pods")
    one_line(result)
    head = "error: You must be logged in to the server ("
    assert result.err.startswith(head)
    assert head in surroundings.kubectl("get", "pods").err


@pytest.mark.parametrize("text", ["a: [b\n", "clusters: 5\n", "- a\n", "\x00\x01"])
def test_corrupt_kubeconfig(alone: Surroundings, text: str) -> None:
    alone.kubeconfig.write_text(text)
    result = alone.pykubectl("get", "pods")
    one_line(result)
    assert result.err.startswith(f'error: error loading config file "{alone.kubeconfig}": ')
    assert alone.kubectl("get", "pods").code == 1


def test_busy_port(alone: Surroundings, tmp_path: Path, port: int) -> None:
    data = str(tmp_path / "data")
    for command in ("apiserver", "all"):
        server = alone.run(MINI_SERVER, [command, "--data-dir", data, "--secure-port", str(port)])
        one_line(server)
        assert "in use" in server.err
    up = alone.pykubectl("up", "--data-dir", data, "--port", str(port))
    one_line(up)
    assert up.err.startswith(f"error: port {port} of 127.0.0.1 is in use")
    one_line(alone.pykubectl("up", "--detach", "--data-dir", data, "--port", str(port)))


def test_unusable_data_directory(alone: Surroundings, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    data = str(blocked / "data")
    for command in ("apiserver", "all"):
        one_line(alone.run(MINI_SERVER, [command, "--data-dir", data, "--secure-port", "0"]))
    for flags in ([], ["--detach"]):
        up = alone.pykubectl("up", *flags, "--data-dir", data)
        one_line(up)
        assert up.err.startswith(f"error: data directory {data} cannot be used: ")


def test_unknown_server_flag(alone: Surroundings) -> None:
    result = alone.run(MINI_SERVER, ["apiserver", "--no-such-flag"])
    one_line(result)
    assert result.err == "Error: unknown flag: --no-such-flag\n"


def test_interrupt_ends_a_watch_quietly(cluster: ClusterProcess) -> None:
    watch = cluster.commands.start(PYKUBECTL, ["get", "namespaces", "--watch"])
    assert watch.stdout is not None
    assert watch.stdout.readline().startswith("NAME")
    watch.send_signal(signal.SIGINT)
    _, err = watch.communicate(timeout=20)
    assert watch.returncode == -signal.SIGINT
    assert err == ""


def test_closed_output(cluster: ClusterProcess) -> None:
    for arguments in (["get", "clusterroles", "-o", "yaml"], ["api-resources"]):
        process = cluster.commands.start(PYKUBECTL, arguments)
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait(20) in (0, -signal.SIGPIPE)
        assert err == ""


def test_empty_standard_input(cluster: ClusterProcess) -> None:
    result = cluster.pykubectl("apply", "-f", "-")
    assert result == Result(1, "", "error: no objects passed to apply\n")
