"""``up``, ``down`` and ``status`` as a person uses them: one cluster, then another, and what can go wrong."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mini_server.client_plugin.state import process_start
from tests.support.cluster import SHOP
from tests.support.commands import PYKUBECTL, Result, Surroundings

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

PRODUCTION = """\
# What the team works with.
apiVersion: v1
kind: Config
clusters:
- name: production  # be careful
  cluster: {server: "https://production.example.com:6443"}
users: []
contexts:
- {name: production, context: {cluster: production, user: ""}}
current-context: production
"""


class User:
    """Somebody with a kubeconfig and an empty home, who types commands."""

    def __init__(self, directory: Path) -> None:
        self.surroundings = Surroundings(directory / "home", directory / "kubeconfig")
        self.data = directory / "data"
        self.second = directory / "second"

    def types(self, *arguments: str) -> Result:
        """Any command."""
        return self.surroundings.pykubectl(*arguments)

    def succeeds(self, *arguments: str) -> str:
        """Output of a command that has to succeed."""
        result = self.types(*arguments)
        assert result.code == 0, f"pykubectl {' '.join(arguments)}: {result.err}{result.out}"
        return result.out

    def cluster(self, verb: str, *arguments: str) -> Result:
        """up, down or status of the first cluster."""
        return self.types(verb, "--data-dir", str(self.data), *arguments)

    def up(self, *arguments: str) -> None:
        """Starts it in the background."""
        result = self.cluster("up", "-d", *arguments)
        assert (result.code, result.err) == (0, ""), result

    @property
    def process(self) -> int:
        """The cluster's process."""
        return int(json.loads((self.data / "cluster.json").read_text())["pid"])

    def pods(self) -> list[str]:
        """Name and phase of each pod of the shop."""
        template = '{range .items[*]}{.metadata.name} {.status.phase}{"\\n"}{end}'
        return self.succeeds("get", "pods", "-n", "shop", "-o", f"jsonpath={template}").splitlines()


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    """Whose clusters are stopped in the end, whatever happened."""
    user = User(tmp_path)
    yield user
    for directory in (user.data, user.second):
        user.types("down", "--data-dir", str(directory))


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Looks again and again while a process runs."""
    while not condition():
        try:
            process.wait(0.005)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"ended with {process.returncode}: {process.communicate()}")


def test_the_shop_runs_again_after_down_and_up(user: User) -> None:
    user.up("--nodes", "3")
    user.succeeds("apply", "-f", str(SHOP))
    user.succeeds("wait", "--for=condition=available", "deployment", "--all", "-n", "shop")
    user.succeeds("wait", "--for=condition=complete", "job/seed-catalog", "-n", "shop")
    user.succeeds("wait", "--for=condition=ready", "pod/orders-db-0", "-n", "shop")
    before = user.pods()

    stopped = user.cluster("down")
    unreachable = user.types("get", "pods")
    user.up()

    assert stopped == Result(0, f"The cluster has stopped; its data is kept in {user.data}\n", "")
    assert unreachable.code == 1 and "was refused" in unreachable.err
    assert user.pods() == before
    assert {line.split()[1] for line in before} == {"Running", "Succeeded"}
    assert len(user.succeeds("get", "nodes", "--no-headers").splitlines()) == 3


def test_fewer_nodes_take_over_the_pods_of_those_that_are_gone(user: User) -> None:
    user.up("--nodes", "3")
    user.succeeds("apply", "-f", str(SHOP))
    user.succeeds("wait", "--for=condition=available", "deployment", "--all", "-n", "shop")
    user.cluster("down")

    user.up("--nodes", "1")

    assert user.succeeds("get", "nodes", "-o", "name") == "node/node-1\n"
    user.succeeds("rollout", "status", "deployment/catalog", "-n", "shop", "--timeout=30s")
    user.succeeds("wait", "--for=condition=complete", "job/seed-catalog", "-n", "shop")
    nodes = user.succeeds("get", "pods", "-n", "shop", "-o", "jsonpath={.items[*].spec.nodeName}")
    assert set(nodes.split()) == {"node-1"}


def test_up_again_is_no_fault_in_the_background(user: User) -> None:
    user.up("--nodes", "2")
    user.surroundings.kubeconfig.unlink()
    down = f"'pykubectl down --data-dir {user.data}' stops it"

    again = user.cluster("up", "-d")
    foreground = user.cluster("up")
    others = user.cluster("up", "-d", "--nodes", "5")

    assert again.code == 0 and again.out.startswith("Kubernetes 1.36 is running already at https://127.0.0.1:")
    assert user.succeeds("config", "current-context") == "pykubectl\n"
    assert len(user.succeeds("get", "nodes", "-o", "name").splitlines()) == 2
    assert foreground.code == 1 and foreground.err.startswith(f"error: a cluster is running from {user.data} at https:")
    assert others.code == 1 and others.err.endswith(f" with 2 nodes: {down}\n")


def test_the_kubeconfig_keeps_what_it_had(user: User) -> None:
    kubeconfig = user.surroundings.kubeconfig
    kubeconfig.write_text(PRODUCTION)
    kubeconfig.chmod(0o644)

    user.up()

    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    text = kubeconfig.read_text()
    assert text.startswith("# What the team works with.\n") and "# be careful" in text
    assert user.surroundings.kubectl("config", "get-contexts", "-o", "name").out == "production\npykubectl\n"
    assert user.surroundings.kubectl("config", "current-context").out == "pykubectl\n"
    assert user.surroundings.kubectl("get", "nodes", "-o", "name").out == "node/node-1\n"
    assert user.succeeds("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}").startswith("https://produc")


def test_every_state_is_told_with_its_exit_code(user: User) -> None:
    up = f"'pykubectl up --data-dir {user.data}'"

    assert user.cluster("status") == Result(1, f"There is no cluster in {user.data}: {up} makes one\n", "")
    assert user.cluster("down") == Result(1, "", f"error: no cluster is running from {user.data}\n")
    user.up()
    code, running, _ = user.cluster("status")
    process = user.process
    os.kill(process, signal.SIGSTOP)
    hung, not_ready, _ = user.cluster("status", "--request-timeout=1")
    os.kill(process, signal.SIGCONT)
    user.cluster("down")

    assert code == 0 and running.startswith("Cluster:    ready\nAddress:    https://127.0.0.1:")
    assert f'Kubeconfig: {user.surroundings.kubeconfig} (context "pykubectl")\n' in running
    assert hung == 1 and not_ready.startswith("Cluster:    not ready: ")
    assert user.cluster("status") == Result(1, f"The cluster in {user.data} is stopped: {up} starts it again\n", "")
    assert not process_start(process)


def kill(pid: int) -> None:
    """Returns when the process has ended."""
    descriptor = os.pidfd_open(pid)
    try:
        os.kill(pid, signal.SIGKILL)
        assert select.select([descriptor], [], [], 30)[0]
    finally:
        os.close(descriptor)


def test_a_killed_cluster_continues_from_its_data(user: User) -> None:
    user.up()
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\n"
    assert user.surroundings.pykubectl("apply", "-f", "-", stdin=manifest).code == 0
    kill(user.process)

    status = user.cluster("status")
    down = user.cluster("down")
    user.up()

    up = f"'pykubectl up --data-dir {user.data}'"
    assert status == Result(1, f"The cluster in {user.data} was killed: {up} continues from its data\n", "")
    assert down == Result(1, "", f"error: no cluster is running from {user.data}\n")
    assert user.succeeds("get", "configmap", "kept", "-o", "name") == "configmap/kept\n"


def test_a_later_process_with_the_same_number_is_left_alone(user: User) -> None:
    user.data.mkdir()
    bystander = subprocess.Popen((*PYKUBECTL, "version", "--client"), stdout=subprocess.PIPE)
    state = {"pid": bystander.pid, "started": "long ago", "url": "https://127.0.0.1:1", "kubeconfig": "", "context": ""}
    (user.data / "cluster.json").write_text(json.dumps({**state, "nodes": 1}))

    assert user.cluster("down") == Result(1, "", f"error: no cluster is running from {user.data}\n")
    assert user.cluster("status").code == 1
    bystander.communicate()
    assert bystander.returncode == 0


def test_two_clusters_side_by_side(user: User) -> None:
    user.up()
    user.succeeds("up", "-d", "--data-dir", str(user.second), "--context", "second", "--nodes", "2")

    assert user.succeeds("config", "current-context") == "second\n"
    assert user.succeeds("get", "nodes", "-o", "name", "--context", "pykubectl") == "node/node-1\n"
    assert user.succeeds("get", "nodes", "-o", "name") == "node/node-1\nnode/node-2\n"
    user.cluster("down")
    assert user.types("status", "--data-dir", str(user.second)).code == 0
    assert user.succeeds("get", "nodes", "-o", "name") == "node/node-1\nnode/node-2\n"


@pytest.mark.parametrize("detach", [[], ["-d"]])
def test_interrupts_while_it_starts_leave_no_process(user: User, detach: list[str]) -> None:
    lock = user.data / "lock"
    starting = user.surroundings.start(PYKUBECTL, ["up", *detach, "--data-dir", str(user.data)])
    wait_until(lambda: lock.exists() and bool(lock.read_text()), starting)
    process = int(lock.read_text())

    starting.send_signal(signal.SIGINT)
    _, err = starting.communicate(timeout=30)

    assert starting.returncode == -signal.SIGINT
    assert err == ""
    assert not process_start(process)


def test_an_interrupt_in_the_foreground_is_an_orderly_end(user: User) -> None:
    running = user.surroundings.start(PYKUBECTL, ["up", "--data-dir", str(user.data)])
    assert running.stdout is not None
    lines = [running.stdout.readline() for _ in range(4)]
    assert user.cluster("status").code == 0

    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)

    assert (running.returncode, err) == (0, "")
    assert lines[0].startswith("Kubernetes 1.36 is running at https://127.0.0.1:")
    assert lines[1] == f'Context "pykubectl" is current in {user.surroundings.kubeconfig}\n'
    assert lines[3] == f"Stop:         Ctrl-C, or pykubectl down --data-dir {user.data}\n"
    assert " is stopped: " in user.cluster("status").out


def test_modules_in_the_folder_of_the_user_do_not_count(user: User, tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "json.py").write_text("raise SystemExit('not the library')\n")
    program = (str(Path(PYKUBECTL[0]).parent / "pykubectl"),)
    there = replace(user.surroundings, cwd=folder)

    assert there.run(program, ["up", "-d", "--data-dir", str(user.data)]).err == ""


@pytest.mark.parametrize("detach", [[], ["-d"]])
def test_what_cannot_be_started_is_said_in_a_line(user: User, tmp_path: Path, detach: list[str]) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir(mode=0o700)
    (foreign / "state.db").write_bytes(b"this is no database" * 500)
    file = tmp_path / "file"
    file.write_text("text")
    faults = {
        ("--data-dir", str(foreign)): f"error: {foreign}/state.db is not a database: restore it from a backup",
        ("--kubeconfig", str(file / "config")): f"error: open {file}/config: not a directory",
        ("--kubeconfig", str(file)): f'error: error loading config file "{file}": ',
        ("--port", "70000"): "error: --port must be between 0 and 65535",
        ("--nodes", "-1"): "error: --nodes must not be negative",
        ("extra",): "error: unexpected arguments: extra",
    }
    for arguments, start in faults.items():
        code, out, err = user.cluster("up", *detach, *arguments)
        assert (code, out) == (1, ""), arguments
        assert err.startswith(start) and len(err.splitlines()) == 1, err
        assert user.cluster("status").code == 1
