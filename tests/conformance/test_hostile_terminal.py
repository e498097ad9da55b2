"""A terminal, a kubeconfig and a server that do what they should not: each fault is a line, as kubectl says it."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cluster import ClusterProcess
from tests.support.commands import KUBECTL, PYKUBECTL, Result, Surroundings
from tests.support.rude_server import CLOSE, RudeServer, http, status

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

# kubectl logs some faults besides telling them.
_LOGGED = re.compile(r"^[EIW]\d{4} .*\n", re.MULTILINE)

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: größe-東京}\ndata: {ort: Zürich}\n"


@pytest.fixture
def alone(tmp_path: Path) -> Surroundings:
    """No cluster, no kubeconfig."""
    return Surroundings(tmp_path / "home", tmp_path / "kubeconfig", cwd=tmp_path)


def both(surroundings: Surroundings, *arguments: str, stdin: str | None = None) -> Result:
    """What the two tools agree on."""
    expected = surroundings.kubectl(*arguments, stdin=stdin)
    actual = surroundings.pykubectl(*arguments, stdin=stdin)
    assert "Traceback" not in actual.err
    assert actual == expected._replace(err=_LOGGED.sub("", expected.err)), shlex.join(arguments)
    return actual


def shell(surroundings: Surroundings, line: str) -> list[Result]:
    """What a line of bash, in which ``KUBECTL`` stands for either tool, gives with each of them."""
    found = []
    for program in (KUBECTL, PYKUBECTL):
        text = f"set -o pipefail; {line.replace('KUBECTL', shlex.join(program))}"
        found.append(surroundings.run(("bash",), ["-c", text]))
    return found


@pytest.mark.parametrize(
    "line",
    [
        "KUBECTL get namespaces -o name >&-",
        "KUBECTL get namespaces -o name 2>&-",
        "KUBECTL get nothing 2>&-",
        "KUBECTL get namespaces >&- 2>&- <&-",
        "KUBECTL apply -f - <&-",
        "KUBECTL get clusterroles -o yaml >/dev/full",
        "KUBECTL explain pod --recursive | head -n 1 | wc -l",
    ],
)
def test_streams_that_are_closed_or_full(cluster: ClusterProcess, line: str) -> None:
    expected, actual = shell(cluster.commands, line)
    assert (actual.out, actual.err) == (expected.out, expected.err)
    assert actual.code == expected.code or "|" in line


def test_output_that_cannot_be_written_is_a_fault(alone: Surroundings) -> None:
    _, actual = shell(alone, "KUBECTL version --client >/dev/full")
    assert actual == Result(1, "", "error: write /dev/stdout: no space left on device\n")


def test_a_reader_that_leaves_ends_the_command_by_a_signal(cluster: ClusterProcess) -> None:
    process = cluster.commands.start(PYKUBECTL, ["get", "clusterroles", "-o", "yaml"])
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(20) in (0, -signal.SIGPIPE)
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}])
def test_other_scripts_in_any_locale(cluster: ClusterProcess, locale: dict[str, str]) -> None:
    there = replace(cluster.commands, extra=locale)
    both(there, "create", "--dry-run=client", "-o", "yaml", "-f", "-", stdin=MANIFEST)
    for name in ("größe", "東京", "a b", "a?watch=true", "a#b", "..", "a%2fb", ""):
        both(there, "get", "configmap", name)
        both(there, "get", "configmap", name, "-o", "yaml")
    both(there, "annotate", "namespace", "default", "ort=Zürich", "--dry-run=client", "-o", "yaml")


ENCODINGS = {
    "byte order mark": b"\xef\xbb\xbf" + MANIFEST.encode(),
    "little endian": ("\ufeff" + MANIFEST).encode("utf-16-le"),
    "big endian": ("\ufeff" + MANIFEST).encode("utf-16-be"),
    "line ends": MANIFEST.replace("\n", "\r\n").encode(),
    "no text": MANIFEST.encode().replace("ü".encode(), b"\xff\xfe"),
    "a program": b"\x7fELF\x02\x01\x01" + bytes(range(256)),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_manifests_in_any_encoding(cluster: ClusterProcess, tmp_path: Path, name: str) -> None:
    (tmp_path / "manifest.yaml").write_bytes(ENCODINGS[name])
    there = replace(cluster.commands, cwd=tmp_path)
    for source in (
        "-f manifest.yaml",
        "-f - < manifest.yaml",
        "-f <(cat manifest.yaml)",
        "-f /dev/stdin < manifest.yaml",
    ):
        expected, actual = shell(there, f"KUBECTL create --dry-run=client -o yaml {source}")
        assert actual == expected, source


def test_odd_names_of_files(cluster: ClusterProcess, tmp_path: Path) -> None:
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / ".hidden.yaml").write_text(MANIFEST.replace("größe-東京", "hidden"))
    there = replace(cluster.commands, cwd=tmp_path)
    for name in (
        "dangling.yaml",
        "loop.yaml",
        "d*.yaml",
        "*hidden.y*",
        "*.json",
        "missing/x.yaml",
        ".hidden.yaml/x",
        "",
    ):
        both(there, "create", "--dry-run=client", "-f", name)
    both(there, "apply", "-f", "-", "-f", "-", stdin=MANIFEST)


@pytest.mark.parametrize("value", ["/", "missing", "", "empty:missing", "binary", "binary:/", "list"])
def test_odd_values_of_kubeconfig(alone: Surroundings, tmp_path: Path, value: str) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "binary").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)))
    (tmp_path / "list").write_text("- a\n")
    there = replace(alone, extra={"KUBECONFIG": value})
    both(there, "get", "pods")
    both(there, "config", "view")


@pytest.mark.parametrize("home", ["/nonexistent", "/proc", ""])
def test_a_home_that_cannot_be_written(cluster: ClusterProcess, home: str) -> None:
    there = replace(cluster.commands, extra={"HOME": home, "KUBECACHEDIR": f"{home}/cache", "XDG_CACHE_HOME": home})
    both(there, "get", "namespaces", "-o", "name")


@pytest.mark.parametrize(
    "server", ["ftp://x", "http://", "http://127.0.0.1:99999", "https://[::1", "/tmp", "http://a b", "127.0.0.1:1"]
)
def test_addresses_that_are_none(alone: Surroundings, server: str) -> None:
    assert both(alone, "get", "--raw", "/version", "--server", server, "--token", "t").code == 1


TABLE = b'{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[],"rows":[]}'
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWERS: dict[str, bytes | None] = {
    "plain-500": http(500, b"boom", "text/plain"),
    "status-500": status(500, "InternalError", "Internal error occurred: boom"),
    "html-502": http(502, b"<html>bad gateway</html>", "text/html"),
    "plain-503": http(503, b"no", "text/plain"),
    "plain-429": http(429, b"slow down", "text/plain"),
    "plain-401": http(401, b"who is it", "text/plain"),
    "plain-403": http(403, b"go away", "text/plain"),
    "plain-422": http(422, b"no", "text/plain"),
    "teapot": http(418, b"short and stout", "text/plain"),
    "causes": status(422, "Invalid", "m", kind="Pod", name="x", causes=[{"field": "a"}, {"message": "b"}, {}, {}]),
    "no-http": b"SSH-2.0-OpenSSH\r\n",
    "no-code": b"HTTP/1.1 abc X\r\n\r\n",
    "no-length": b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhello",
    "half-head": b"HTTP/1.1 200 OK\r\nContent-",
    "half-body": http(200, TABLE[:20], length=len(TABLE)),
    "half-chunk": CHUNKED + b"64\r\nhello",
    "no-chunk": CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "no-json": http(200, b"hello"),
    "half-json": http(200, TABLE[:20]),
    "no-body": http(200, b""),
    "warnings": http(200, TABLE, "application/json", 'Warning: 299 - "one", 299 - "two"', "Warning: nonsense"),
}


@pytest.fixture(scope="module")
def rude() -> Iterator[RudeServer]:
    """One server for all answers."""
    with RudeServer({**ANSWERS, "closed": CLOSE, "silent": None}) as running:
        yield running


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_that_are_errors_or_nonsense(alone: Surroundings, rude: RudeServer, name: str) -> None:
    result = both(alone, "get", "pods", "x", "-n", name, "-s", rude.url)
    assert result.code == (0 if name == "warnings" else 1)
    assert both(alone, "delete", "pod", "x", "-n", name, "-s", rude.url, "--wait=false").code == result.code


def test_a_server_that_does_not_answer_in_time(alone: Surroundings, rude: RudeServer) -> None:
    result = alone.pykubectl("get", "pods", "-n", "silent", "-s", rude.url, "--request-timeout=300ms")
    text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    assert result == Result(1, "", f"Unable to connect to the server: {text}\n")


def test_a_write_is_not_repeated_where_the_server_hangs_up(alone: Surroundings, rude: RudeServer) -> None:
    result = both(alone, "delete", "pod", "x", "-n", "closed", "-s", rude.url)
    assert result == Result(1, "", "Unable to connect to the server: EOF\n")


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (["get", "namespaces", "--watch"], "NAME"),
        (["wait", "--for=delete", "namespace/default", "--timeout=1h"], ""),
        (["wait", "--for=condition=Never", "namespace", "--all", "--timeout=1h"], ""),
    ],
)
def test_interrupts_are_quiet(cluster: ClusterProcess, command: list[str], first: str) -> None:
    running = cluster.commands.start(PYKUBECTL, command)
    assert running.stdout is not None
    if first:
        assert running.stdout.readline().startswith(first)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (-signal.SIGINT, ""), out
