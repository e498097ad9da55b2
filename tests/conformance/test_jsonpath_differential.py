"""JSONPath against the real kubectl: what templates make of an object, and what is said of wrong ones.

kubectl changes an object locally and prints it, without a server; ours runs in this process.
"""

from __future__ import annotations

import io
import itertools
import json
import random
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pykubectl.cli.errors import report
from pykubectl.cli.streams import IOStreams
from pykubectl.printers.flags import PrintFlags, UnknownFormat
from pykubectl.printers.jsonpath import JSONPathError
from tests.support.commands import KUBECTL, Result

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

# Maps of which more than one key would be visited by a wildcard are avoided: Go visits them in any order.
OBJECT: dict[str, Any] = {
    "apiVersion": "x.y/v1",
    "kind": "Foo",
    "metadata": {"name": "x", "annotations": {"a": "b"}, "labels": {"app.kubernetes.io/name": "n", "we ird": "w"}},
    "spec": {
        "num": 3,
        "neg": -2,
        "half": 1.5,
        "big": 12345678901,
        "yes": True,
        "no": False,
        "nil": None,
        "text": 'it\'s "q" <&>',
        "empty": "",
        "uni": "héé😀",
        "f1": 1e21,
        "f2": 1e-7,
        "f3": 100000000.5,
        "f4": 1.2345678901234567e20,
        "f5": 1e6,
        "list": [1, 2, 3, 4, 5],
        "none": [],
        "map": {},
        "one": {"k": "v"},
        "mixed": [1, "a", 1.5, True, None, {"z": 1}, [1, 2]],
        "people": [
            {"name": "ann", "age": 30, "w": 1.5, "ok": True, "tags": ["a", "b"], "in": {"k": 1}},
            {"name": "bob", "age": 25, "w": 2.5, "ok": False, "tags": []},
            {"name": "cyd", "age": 41, "ok": True, "nick": None},
        ],
        "nested": [[{"n": 1}, {"n": 2}], [{"n": 3}], []],
        "groups": [{"g": "x", "m": [{"t": "a"}, {"t": "b"}]}, {"g": "y", "m": []}, {"g": "z", "m": [{"t": "c"}]}],
    },
}

FIELDS = r"""
{} {$} {@} {.metadata.name} {$.metadata.name} {@.metadata.name} {metadata.name} {.metadata.labels}
{.metadata.labels.app\.kubernetes\.io/name} {.metadata.labels['app\.kubernetes\.io/name']}
{.metadata.labels['app.kubernetes.io/name']} {['metadata']['name']} {['metadata'].name} {.['metadata'].name}
{.metadata["name"]} {.metadata[name]} {.spec['num','neg']} {.spec.num}{.spec.neg} {.spec.nil} {.spec.empty}
{.spec.text} {.spec.uni} {.spec.list} {.spec.none} {.spec.map} {.spec.mixed} {.spec.mixed[*]} {.spec.one.*}
{.spec.list.*} {.spec.text.*} {.spec.num.*} {.spec.nil.*} {.spec.nil.x} {.spec.num.x} {.spec.missing}
{.spec.missing.more} {.spec.missing[0]} {.spec.people.name} {.spec.people[*].name} {.spec.people[0].name}
{.spec.people[*]['name','age']} {.spec.people[*].tags[*]} {.spec.people[*].tags} {.spec.people[0]} {.*.name}
{.spec.*.k} {.spec.people[*].*.k} {.spec.f1} {.spec.f2} {.spec.f3} {.spec.f4} {.spec.f5} {.spec['f1','f2','f3']}
{.spec.half}{.spec.big}{.spec.yes}{.spec.no} {['']} {.''} {.spec['list'][0]} {.spec['list[0]']} {.spec['one.k']}
{.spec['a,b']} {$$$} {$@.spec.num} {.spec$.num} {.spec@.num} {.spec.num$} {.spec\.num} {.sp\ec.num} {.spec.num\}
{.metadata.annotations.a\}b} {.} {.spec.num;} {.é} {é}
"""
SLICES = """
{[0]} {[*]} {[} {.spec.num[0]} {.spec.text[0]} {.spec.map[0]} {.spec.nil[0]} {.spec.none[0]} {.spec.none[-1]}
{.spec.none[:]} {.spec.none[*]} {.spec.mixed[-1][0]} {.spec.mixed[*][0]} {.spec.mixed[*].z} {.spec.nested[*]}
{.spec.nested[*][*].n} {.spec.nested[0][*].n} {.spec.nested[*][0].n} {.spec.nested[0:2][0].n} {.spec.people[-1:].name}
{.spec.list[99999999999999999999]} {.spec.list[1:99999999999999999999]} {.spec.people[(@.length-1)]}
"""
INDEXES = """
0 4 5 -1 -5 -6 -0 00 0:2 :2 2: -2: :-2 -4:-2 0:5:2 ::2 1::2 ::3 ::-1 ::0 3:1 2:2 0:9 9:9 0:0 5: 6: :6 :-6 -1:0 0:-1
-1:-1 : * 0,2 0,2,-1 0:2,3 0,7 a 1:b - 1:2:3:4 '0' , 0, --1 +1 1- :: ::: 1:2:
"""
CONDITIONS = r"""
@.name=="ann" @.name=='ann' @.age>29 @.age<30 @.age>=30 @.age<=30 @.age!=30 @.w>1.5 @.w>1 @.age>1.5 @.ok==true
@.ok==false @.ok!=true @.ok<true @.ok=="true" @.nick @.w @.nope @.tags @.tags[0] @.tags[1] @.tags[7].x @.tags[0]=="a"
@.tags[*]=="a" @.tags[0,7] @['tags','nope'] @['tags','nope']==1 @.nick==1 @.name=1 @.name===1 @.name<>"ann" @.name
@.in.k==1 @.in==1 @.tags==1 @.name=="a)n" @.name=="a]n" @.name=="it\"s" @.age==@.age @.name>"b" 30==@.age @ 2 foo
end @.tags[?(@==1)] @.tags[?(@=="a")] @.name[?(@==1)] @.name=="ann"||@.name=="bob" @.name=="ann"&&@.ok==true
@.name=~"a.*" !@.w @.age==30.0 @.age==030 @.age==+30 @.age>-1 @.age<99999999999999999999 @.uni @.name!='' @.name=='
"""
RANGES = [
    "{range .spec.people[*]}{.name}{end}",
    '{range .spec.people[*]}{.name}{"\\t"}{.age}{"\\n"}{end}done',
    "{range .spec.groups[*]}{.g}:{range .m[*]}{.t},{end};{end}",
    "{range .spec.none[*]}a{end}b",
    "{range .spec.missing[*]}a{end}b",
    "{range .spec.none[*]}{range .x[*]}i{end}o{end}b",
    "{range .spec.groups[*]}{range .m[*]}{.t}",
    "{range .spec.people[*]}{.name}",
    "{.spec.num}{end}",
    "{end}",
    "{range .spec.people[*]}{.name}{end}{end}",
    "{range}{@}{end}",
    "{range .spec.one}{.k}{end}",
    "{range .spec.list[*]}{@}{end}",
    "{range .spec.list[?(@>2)]}<{@}>{end}",
    "{range.spec.list[*]}{@}{end}",
    "{rangex .spec.list[*]}{end}",
    "{range .spec.people[*].tags[*]}{@}-{end}",
    "{range .spec.groups[*]}{.g}{end}{range .spec.list[*]}{@}{end}",
    "a{range .spec.list[0:2]}{range $.spec.list[*]}{@}{end}{end}",
    "{range .spec.people[*]}{range .tags[*]}{@}{end}{end}{range .spec.list[*]}{@}{end}",
    "{range .spec.people[*]}{range .nope[*]}{@}{end}{.name}{end}",
    "{range .spec.people[*]}{range .in}{.k}{end}{end}{.metadata.name}",
    "{range .spec.list[*]}{range $}{end}{end}",
]
DESCENTS = """
{..n} {.spec.nested..} {.spec.nested..n} {.spec.groups..t} {.spec.groups..m} {.spec.one..k} {....n} {...n} {.spec.a...n}
{.spec.groups..['t']} {.spec.groups..[0]} {.spec.people..name} {.spec.people[*]..k} {.spec.num..} {.a..b..c}
"""
TEXTS = [
    *("text", "te}xt", "{.spec.num} and {.spec.neg}", "}{.spec.num}", "{{.spec.num}}", "{.spec.num", "{.spec.num}{"),
    *("{", "{.spec", "{.spec.list[", "{.spec.list[0", "{.spec.list[?(", "{.spec.list\n}", "{.spec.num\n}", "{\n}"),
    *("{.spec.num\t}", "{\t.spec.num}", "{.spec.num .spec.neg}", "{.spec .num}", "{.spec. num}", "{.spec.num,.spec}"),
    *('{"text"}', "{'text'}", '{"a\\tb\\nc"}', "{'a\\tb'}", '{"\\x41\\u00e9\\U0001F600\\101"}', '{"\\q"}', '{"\\\'"}'),
    *(
        "{'\\''}",
        "{'it\\'s'}",
        '{"it\'s"}',
        '{"\\""}',
        '{"\\\\"}',
        '{"',
        "{'",
        '{"abc',
        '{"a"b}',
        '{"\\xc3\\xa9"}',
        '{"\\xff\\377"}',
    ),
    *('{"\\400"}', '{"\\u12"}', '{"é"}', '{"\\é"}', '{"\\ud800"}', '{"\\U00110000"}', '{"\\08"}', '{"\\8"}', '{"\\"}'),
    *("{!}", "{#}", "{1}", "{-1}", "{+1}", "{1.5}", "{1.5.5}", "{-}", "{+}", "{1.}", "{.5}", "{1e5}", "{true}"),
    *("{False}", "{foo}", "{foo bar}", "{_foo}", "{99999999999999999999}", "{9223372036854775807}", "\\n{.spec.num}"),
    *(
        '{"{"}{.spec.num}{"}"}',
        "{.spec.list[?(@>2}",
        "{.spec.list[?(@>2)}",
        "{.spec.list[?(@>2) ]}",
        "{.spec.list[?@>2]}",
    ),
    *(
        "{.spec.num[?(@==1)]}",
        "{.spec.one[?(@.k)]}",
        "{.spec.nil[?(@)]}",
        "{.spec.text[?(@)]}",
        "{.spec.mixed[?(@==1)]}",
    ),
    *("{.spec.list[?()]}", "{.spec.list[?(@ != 2)]}", "{.spec.people[?(@.age>26)][?(@)]}", "{.spec.list[ 0 ]}"),
    *("{.metadata.labels['we ird']}", "{.spec['num', 'neg']}", "{ .metadata.name }", "{.spec.list[0 ,1]}"),
]
TEMPLATES = list(
    dict.fromkeys(
        [
            *FIELDS.split(),
            *SLICES.split(),
            *("{.spec.list[" + index + "]}" for index in INDEXES.split()),
            *("{.spec.people[?(" + condition + ")].name}" for condition in CONDITIONS.split()),
            *RANGES,
            *DESCENTS.split(),
            *TEXTS,
        ]
    )
)


def real(output: str) -> Result:
    """What kubectl prints of the object."""
    command = [*KUBECTL, "annotate", "--local", "--overwrite", "-f", "-", "a=b", f"--output={output}"]
    done = subprocess.run(command, input=json.dumps(OBJECT).encode(), capture_output=True, check=False, timeout=60)
    out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
    return Result(done.returncode, out, err)


def ours(output: str) -> Result:
    streams = IOStreams(io.StringIO(), out := io.StringIO(), err := io.StringIO())
    code = 0
    try:
        PrintFlags(output).to_printer().print_obj(OBJECT, streams.out)
    except (JSONPathError, UnknownFormat, ValueError) as error:
        code = report(error, streams)
    return Result(code, out.getvalue(), err.getvalue())


def differences(outputs: Sequence[str]) -> list[tuple[str, Result, Result]]:
    """Output formats that are answered differently, with kubectl's answer and ours."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(real, outputs))
    pairs = zip(outputs, answers, map(ours, outputs))
    # kubectl itself does not survive some templates that are applied to nothing.
    judged = [pair for pair in pairs if not pair[1].err.startswith("panic: ")]
    return [(output, answer, found) for output, answer, found in judged if answer != found]


@pytest.mark.parametrize("part", range(6))
def test_templates_give_what_kubectl_gives(part: int) -> None:
    assert len(TEMPLATES) > 300
    assert differences([f"jsonpath={template}" for template in TEMPLATES[part::6]]) == []


def test_as_json_is_what_kubectl_gives() -> None:
    templates = ["{.spec}", "{.spec.list[*]}", "{.spec.people[*].name}{.spec.one}", "{.spec.nope}", "{.spec.text}", "x"]
    templates += [template for template in RANGES if "{range .spec.groups" in template or "people" in template]
    assert differences([f"jsonpath-as-json={template}" for template in templates]) == []


PIECES = [
    *(
        ".spec",
        ".spec.people",
        ".spec.list",
        ".name",
        ".tags",
        "[*]",
        "[0]",
        "[-1]",
        "[1:]",
        "[?(@.age>26)]",
        "[?(@>2)]",
    ),
    *("['name','age']", "..n", ".groups", ".m", ".nil", " ", "@", "$", "'t'", '"s"', "1.5", "true", "[", "]", ".", "?"),
]


@pytest.mark.parametrize("seed", range(4))
def test_templates_of_random_pieces_give_what_kubectl_gives(seed: int) -> None:
    rng = random.Random(seed)
    expressions = ["".join(rng.choices(PIECES, k=rng.randint(1, 5))) for _ in range(60)]
    templates = ["{" + expression + "}" for expression in expressions]
    templates += ["{range .spec" + a + "}" + "{" + b + "}{end}" for a, b in itertools.pairwise(expressions[:20])]
    # Two dots that meet by chance are left out: they may visit maps.
    plain = [template for template in templates if ".." not in template.replace("..n", "")]
    assert differences([f"jsonpath={template}" for template in plain]) == []
