"""What a command imports: the set of modules, not a time. A heavy library on the way of ``get`` costs every run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.cluster import ClusterProcess
from tests.support.commands import Surroundings

# Each costs more than a tenth of a whole `get pods`; see `make bench`.
HEAVY = {
    *("typer", "click", "rich", "requests", "urllib3", "ruamel", "pluggy", "jsonpatch", "msgspec", "orjson"),
    *(
        "asyncio",
        "http",
        "email",
        "importlib.metadata",
        "dataclasses",
        "inspect",
        "logging",
        "pathlib",
        "urllib.request",
    ),
    *("mini_server", "uvicorn", "cryptography", "concurrent"),
}
PROGRAM = """
import json, sys
from pykubectl.__main__ import main
code = main(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\n" + json.dumps([code, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    with ClusterProcess(tmp_path_factory.mktemp("cluster"), nodes=1) as running:
        yield running


def imported(surroundings: Surroundings, *arguments: str) -> set[str]:
    """Modules that a command leaves loaded, less what the interpreter itself has loaded before."""
    before = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    ).stdout.split()
    result = surroundings.run((sys.executable, "-c", PROGRAM), arguments)
    code, modules = json.loads(result.err.rpartition("\n")[2])
    assert code == 0, result.err
    return set(modules) - set(before)


def heavy(modules: set[str]) -> set[str]:
    return {name for name in modules if any(name == entry or name.startswith(f"{entry}.") for entry in HEAVY)}


@pytest.mark.parametrize(
    "arguments",
    [
        ("get", "pods"),
        ("get", "pods", "-A", "-o", "wide"),
        ("get", "nodes", "-o", "json"),
        ("get", "nodes", "-o", "name"),
        ("describe", "nodes"),
        ("version",),
    ],
)
def test_common_reads_are_light(cluster: ClusterProcess, arguments: tuple[str, ...]) -> None:
    cluster.pykubectl(*arguments)
    modules = imported(cluster.commands, *arguments)
    assert "pykubectl.client.transport.light" in modules
    assert not heavy(modules)


def test_the_version_of_the_client_needs_next_to_nothing(cluster: ClusterProcess) -> None:
    modules = imported(cluster.commands, "version", "--client")
    assert not heavy(modules)
    assert "ssl" not in modules
