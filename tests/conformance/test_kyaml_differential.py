"""KYAML against the real kubectl: random objects, with the texts and keys that YAML makes something else of."""

from __future__ import annotations

import io
import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pykubectl.printers.kyaml import KYAMLPrinter
from tests.support.commands import KUBECTL, Result

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

HEAD = {"apiVersion": "x.y/v1", "kind": "Foo", "metadata": {"name": "x", "annotations": {"a": "b"}}}
WORDS = [
    *("yes", "no", "on", "off", "y", "n", "t", "F", "T", "TRUE", "tRue", "null", "Null", "~", "1", "-1", "0777", "08"),
    *(
        "0o7",
        "0b1",
        "1e3",
        "1e400",
        "1.5",
        ".5",
        "5.",
        "0x1F",
        "0x1p3",
        "0x1.8p1",
        "1_000",
        "_1",
        "__",
        "12:30",
        "=",
        "the",
    ),
    *("2001-01-01", "2001-1-1", "2001-13-01", "2001-02-30", "a-", "a.", "a/", "-a", "inf", "+inf", "nan", "Infinity"),
    *("1a", "é", "ß", "½", "²", "x.y/z", "a.b.c", "line", "99999999999999999999", "0x99999999999999999999", "1e", "e1"),
    *("=", ".", "..", "1.2.3", "1-2", "٣", "<<"),
]
SIGNS = [
    *"abzAZ019 _-.:/#,[]{}&*!|>'\"%@`?=+~\\\n\t\n\n",
    *"é\x07😀\u00a0\u200b\u2028\ufeff\r\x0b\x00\u3000\u00ad\ue000",
]
NUMBERS = [0, 1, -1, 1.5, 1e21, 1e-7, 1e6, 2**53, True, False, None]


def make_text(rng: random.Random) -> str:
    match rng.randrange(3):
        case 0:
            return "".join(rng.choice(SIGNS) for _ in range(rng.randint(0, 12)))
        case 1:
            return rng.choice(WORDS) + rng.choice(["", "", "", "x", ":", "_", "-"])
    return rng.choice(["\n", " \n", "\n "]).join(rng.choice(WORDS) for _ in range(rng.randint(1, 6)))


def make_value(rng: random.Random, depth: int) -> Any:
    choice = rng.random()
    if depth and choice < 0.3:
        return {make_text(rng): make_value(rng, depth - 1) for _ in range(rng.randint(0, 4))}
    if depth and choice < 0.5:
        return [make_value(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    return rng.choice(NUMBERS) if choice < 0.6 else make_text(rng)


def real(obj: dict[str, Any]) -> Result:
    command = [*KUBECTL, "annotate", "--local", "--overwrite", "-f", "-", "a=b", "-o", "kyaml"]
    done = subprocess.run(command, input=json.dumps(obj).encode(), capture_output=True, check=False, timeout=60)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def ours(obj: dict[str, Any]) -> Result:
    out = io.StringIO()
    try:
        KYAMLPrinter().print_obj(obj, out)
    except ValueError as error:
        return Result(1, "", f"error: {error}\n")
    return Result(0, out.getvalue(), "")


def differences(objects: list[dict[str, Any]]) -> list[tuple[Result, Result]]:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(real, objects))
    return [(answer, ours(obj)) for obj, answer in zip(objects, answers) if answer != ours(obj)]


def test_words_as_keys() -> None:
    assert differences([{**HEAD, "spec": {word: word for word in WORDS}}]) == []


@pytest.mark.parametrize("seed", range(4))
def test_random_objects(seed: int) -> None:
    rng = random.Random(seed)
    specs = [{f"k{n}": make_value(rng, 3) for n in range(6)} for _ in range(15)]
    specs += [{make_text(rng): make_text(rng) for _ in range(12)} for _ in range(15)]
    assert differences([{**HEAD, "spec": spec} for spec in specs]) == []


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x9f", "\ufffe", "\uffff"])
def test_what_yaml_cannot_hold(character: str) -> None:
    assert differences([{**HEAD, "a": character}, {**HEAD, character: "a"}, {**HEAD, "a": f"x\n{character}"}]) == []
