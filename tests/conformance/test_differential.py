"""pykubectl beside the real kubectl on the same server: exit code, output and errors are equal, byte for byte.

The command lines are in ``lines/*.txt``. What may differ between two runs of the same program is made equal first:
ages, lines of Go's logging library, the folders that belong to each program.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cluster import ClusterProcess
from tests.support.commands import Result, Surroundings

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

LINES = Path(__file__).parent / "lines"

# Command lines whose answers differ on purpose, with the reason. Each is run: one that has become equal must go.
EXCEPTIONS = {
    "get ev -n shop": "short names that several groups have are taken from the first one without a warning",
    "version -o json": "the build information of a Go program",
    "completion bash": "the script calls pykubectl for the words",
    "get --help": "the texts of help are pykubectl's own",
    "config set contexts.a.namespace b": "config set and unset are not part of this version",
}

_LOGGING = re.compile(r"^[IWE]\d{4} .*\n", re.MULTILINE)
_COLUMNS = re.compile(r"\b(AGE|LAST SEEN|FIRST SEEN|DURATION)\b *")
_AGE = re.compile(r"\b(\d+d)?(\d+h)?(\d+m)?\d+s\b *|\b\d+m\b *")
# The state of the cluster may move on between the two programs' runs.
_ATTEMPTS = 4


def read(name: str) -> list[str]:
    lines = (LINES / f"{name}.txt").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def plain(result: Result) -> Result:
    """A result without what differs from run to run."""
    texts = (_AGE.sub("AGE ", _COLUMNS.sub(r"\1 ", _LOGGING.sub("", text))) for text in (result.out, result.err))
    out, err = (re.sub(r"/(kubectl|pykubectl|twin-[kp])/", "/PROGRAM/", text) for text in texts)
    return Result(result.code, out, err)


def words(line: str) -> tuple[list[str], str | None]:
    """Arguments and standard input."""
    command, marker, stdin = line.partition("<<<")
    text = stdin.strip().encode().decode("unicode_escape") if marker else None
    if "-p {" in command or "-p [" in command:
        return command.split(), text
    return shlex.split(command), text


def same(line: str, kubectl: Callable[..., Result], pykubectl: Callable[..., Result]) -> None:
    """Runs both, and again while they differ, as long as the cluster may have moved on between them."""
    arguments, stdin = words(line)
    for attempt in range(_ATTEMPTS):
        expected, actual = plain(kubectl(*arguments, stdin=stdin)), plain(pykubectl(*arguments, stdin=stdin))
        if expected == actual or attempt == _ATTEMPTS - 1:
            assert actual == expected
            return


@pytest.mark.parametrize("line", [*read("get"), *read("cluster"), *read("change"), *read("manifests")])
def test_both_say_the_same(shop_cluster: ClusterProcess, line: str) -> None:
    same(line, shop_cluster.kubectl, shop_cluster.pykubectl)


@pytest.mark.parametrize("line", EXCEPTIONS)
def test_exceptions_are_still_needed(shop_cluster: ClusterProcess, line: str) -> None:
    arguments, stdin = words(line)
    expected, actual = shop_cluster.kubectl(*arguments, stdin=stdin), shop_cluster.pykubectl(*arguments, stdin=stdin)
    assert plain(expected) != plain(actual)
    assert "Traceback" not in actual.err


def test_kubeconfigs_are_changed_alike(shop_cluster: ClusterProcess, tmp_path: Path) -> None:
    both = {}
    for program in ("kubectl", "pykubectl"):
        folder = tmp_path / program
        folder.mkdir()
        shutil.copy(shop_cluster.kubeconfig, folder / "config")
        both[program] = Surroundings(tmp_path / "home", folder / "config")
    for line in read("config"):
        same(line, both["kubectl"].kubectl, both["pykubectl"].pykubectl)


def test_objects_are_changed_alike(shop_cluster: ClusterProcess) -> None:
    differing = []
    for line in read("twins"):
        outcomes = []
        for twin, run in (("twin-k", shop_cluster.kubectl), ("twin-p", shop_cluster.pykubectl)):
            arguments, stdin = words(line.replace("TWIN", twin))
            found = plain(run(*arguments, stdin=stdin))
            outcomes.append(Result(found.code, found.out.replace(twin, "TWIN"), found.err.replace(twin, "TWIN")))
        if outcomes[0] != outcomes[1]:
            differing.append("\n".join((line, *(f"{found.code} {found.out}{found.err}" for found in outcomes))))
    assert "\n".join(differing) == ""


@pytest.mark.parametrize(
    "line",
    ["--help", "get --help", "help get", "rollout --help", "config --help", "rollout status -h", "config view -h"],
)
def test_help_is_a_success(shop_cluster: ClusterProcess, line: str) -> None:
    expected, actual = shop_cluster.kubectl(*line.split()), shop_cluster.pykubectl(*line.split())
    assert (actual.code, actual.err) == (expected.code, expected.err) == (0, "")
    assert "Usage:" in actual.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_written(shop_cluster: ClusterProcess, shell: str) -> None:
    result = shop_cluster.pykubectl("completion", shell)
    assert result.code == 0
    assert result.out
