"""YAML against the real kubectl: what it reads, what it prints, what it says of broken texts."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pykubectl.machinery.codecs import yaml

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

KUBECTL = Path(sys.executable).parent / "kubectl"
HEAD = "apiVersion: x.y/v1\nkind: Foo\nmetadata:\n  name: x\n  annotations:\n    a: b\n"

WORDS = [
    "yes", "no", "on", "off", "y", "n", "true", "null", "~", "1", "-1", "0777", "0o7", "1e3", "1.5", ".5",
    "0x1F", "1_000",
    "12:30", "2001-01-01", "2001-1-1T1:2:3Z", "=", "the", "quick", "brown", "fox", "jumps",
    "a-very-long-word-that-goes-on",
]  # fmt: skip
SIGNS = [*"abzAZ019 _-.:/#,[]{}&*!|>'\"%@`?=+~\\\n\t", "é", "\x07", "😀", "\u00a0", "  ", ": ", " #", "- "]
NUMBERS = [
    0,
    1,
    -1,
    2**31,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    2**63,
    2**64,
    1.5,
    1e6,
    1234567.5,
    1e20,
    1e21,
    1.5e-7,
    0.0001,
    -0.0,
]


def local(document: str, output: str) -> subprocess.CompletedProcess[str]:
    """kubectl's own reading and printing, without a server."""
    command = [str(KUBECTL), "annotate", "--local", "--overwrite", "-f", "-", "a=b", "-o", output]
    return subprocess.run(command, input=document, capture_output=True, text=True, check=False, timeout=30)


def make_text(rng: random.Random) -> str:
    match rng.randrange(4):
        case 0:
            return "".join(rng.choice(SIGNS) for _ in range(rng.randint(0, 12)))
        case 1:
            return rng.choice(WORDS) + rng.choice(["", "", " ", "x", ":", "_"])
        case 2:
            return rng.choice([" ", "  ", "\n"]).join(rng.choice(WORDS) for _ in range(rng.randint(1, 40)))
    return "".join(rng.choice("abcdefgXYZ      ") for _ in range(rng.randint(60, 200)))


def make_value(rng: random.Random, depth: int) -> Any:
    choice = rng.random()
    if depth and choice < 0.25:
        return {make_text(rng): make_value(rng, depth - 1) for _ in range(rng.randint(0, 5))}
    if depth and choice < 0.45:
        return [make_value(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    return rng.choice([*NUMBERS, True, False, None]) if choice < 0.6 else make_text(rng)


@pytest.mark.parametrize("seed", range(10))
def test_objects_are_printed_and_read_alike(seed: int) -> None:
    rng = random.Random(seed)
    head = yaml.loads(HEAD)
    obj = {**head, "spec": {make_text(rng): make_value(rng, 4) for _ in range(12)}}
    printed = local(json.dumps(obj), "yaml")
    if printed.returncode:
        pytest.skip("kubectl itself cannot print this object")
    assert unordered(yaml.dumps(obj)) == unordered(printed.stdout)
    read = local(printed.stdout, "json")
    assert as_floats(yaml.loads(printed.stdout)) == as_floats(json.loads(read.stdout))


def unordered(text: str) -> list[str]:
    """The lines without their order: go-yaml's order of keys is not transitive, wild keys come as Go's map has them."""
    return sorted(" " * (len(line) - len(line.lstrip(" -"))) + line.lstrip(" -") for line in text.splitlines())


def as_floats(value: Any) -> Any:
    """Go prints floats beyond 2^53 with zeros for the digits it does not know; they are equal as floats."""
    return json.loads(json.dumps(value), parse_int=float)


def test_ordinary_keys_are_printed_in_kubectls_order() -> None:
    keys = [
        "a10",
        "a9",
        "a2b",
        "B",
        "a",
        "a-1",
        "_x",
        "a01",
        "10",
        "9",
        "app.kubernetes.io/name",
        "app",
        "a_b",
        "aB",
        "é",
    ]
    obj = {**yaml.loads(HEAD), "spec": {key: [{"z": 1, "y1": {}, "y": []}] for key in keys}}
    assert yaml.dumps(obj) == local(json.dumps(obj), "yaml").stdout


READ = [
    "yes: on\nn: [y, 0777, 0o17, 0x1f, 08, 1_000, 12:30, 2001-01-01, 1e3, .5, -0, 1e400]\n",
    "m: {<<: {a: b}, c: d}\n",
    "base: &b {x: 1}\nd:\n  <<: *b\n  x: 2\n",
    "a: !!str 5\nb: !!float 1\nc: !foo 5\nd: !!binary aGk=\n",
    "a: |2\n    x\n   z\nb: >+\n  one\n  two\n\n   more\n\nc: >-\n  x\n",
    "a: \"x\\\n  z\\t\\x41\\u00e9\"\nb: 'it''s\n\n  two'\n",
    "a: {b: [http://x, nginx:1.0], 'q': \"r\"}\n",
    "a: b\t# comment\nc:\td\n",
    "1234567890123456789: 123456789012345678901234567890\n1.5: x\n",
    "a: 1\n...\n",
    "a: 1\r\nb: 2\r\n",
    "? a\n: b\n",
]


@pytest.mark.parametrize("text", READ)
def test_texts_are_read_alike(text: str) -> None:
    result = local(HEAD + text, "json")
    assert result.returncode == 0, result.stderr
    assert as_floats(next(yaml.load_all(HEAD + text))) == as_floats(json.loads(result.stdout))


BROKEN = [
    "a: b\nc: d\n e: f\n", "a: b: c\n", 'a:\n  b: "x\n', "a: [1\n", "a: {b: 1\nc: 2\n", "- a\n", "a: *x\n", "k: @a\n",
    "a:\n\tb: c\n", "--- foo\n", 'a: "\\q"\n', "a: .inf\n", "~: x\n", "<<: 1\n", "a: !!int x\n", "a: - b\n",
    "a: &x [*x]\n",
    "a: |0\n  x\n", "x\na: b\n", "a: 'x\n---\nb: c\n", "12345678901234567890: {a: 1}\n",
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_broken_texts_are_named_alike(text: str) -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        list(yaml.load_all(HEAD + text))
    assert f"error: error parsing STDIN: {caught.value.in_stream}" == local(HEAD + text, "json").stderr.strip()
