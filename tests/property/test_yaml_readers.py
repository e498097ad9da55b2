"""The fast YAML reader equals the full one wherever it does not refuse, and what is written is read back."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pykubectl.machinery.codecs import yaml, yaml_plain
from pykubectl.machinery.codecs.yaml_compose import compose

MANIFEST = """\
apiVersion: v1
kind: Pod   # comment
metadata:
  name: x
  labels: {app: web, "tier": 'front'}
spec:
  containers:
  - name: a
    image: nginx:1.2
    args: ["a", 'b', c, 1]
    env:
    - name: X
      value: "on"
    - {name: Y, value: "5"}
  -
    name: b
    command:
      - sh
      - |
        echo hi
          there

        done
  script: >-
    folded text
    goes on

    para
  empty:
  nul: ~
  n: [1, 2.5, 0x1f, 1e3, -5, {}]
"""
PIECES = [*" \n:-#'\"[]{},|>+&*!~.09ayn\t", "\n  ", "\n- ", ": ", " #", "\n\n", "''", "---", "\n---\n", "<<", "? "]

edits = st.lists(
    st.tuples(st.integers(0, len(MANIFEST)), st.integers(0, 4), st.sampled_from(["", *PIECES])), max_size=4
)
# Line separators other than the line feed are read differently by libraries of different YAML versions.
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85\ufeff\ufffe\uffff")
    | st.sampled_from("\n\t :#-'\"yn01."),
    max_size=40,
)
keys = texts.filter(lambda key: key != "<<")
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts | st.floats(-1e15, 1e15)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


@given(edits, st.booleans())
@example([], False)
@settings(max_examples=150, deadline=None)
def test_the_fast_reader_agrees_or_refuses(changes: list[tuple[int, int, str]], strict: bool) -> None:
    text = MANIFEST
    for place, removed, piece in changes:
        text = text[:place] + piece + text[place + removed :]
    try:
        fast = yaml_plain.parse(text, strict=strict)
    except yaml_plain.NotPlain:
        return
    assert repr(fast) == repr(compose(text, strict=strict))


@given(st.dictionaries(keys, values, max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    text = yaml.dumps(value)
    assert yaml.loads(text, strict=True) == value
    assert compose(text, strict=True) == value
