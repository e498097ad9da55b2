"""Go templates: what they print, and what is said of wrong ones. Three hundred are compared with the real kubectl."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pykubectl.printers.gotemplate import GoTemplatePrinter
from pykubectl.printers.gotemplate_nodes import TemplateError

OBJ: dict[str, Any] = {
    "kind": "Pod",
    "name": "web",
    "n": 3,
    "half": 1.5,
    "yes": True,
    "nil": None,
    "list": [1, 2, 3],
    "none": [],
    "map": {"b": 2, "a": 1},
    "items": [{"name": "x", "tags": ["s", "t"]}, {"name": "y"}],
    "secret": "aGk=",
}


def render(template: str, *, allow_missing: bool = True) -> str:
    out = io.StringIO()
    GoTemplatePrinter(template, allow_missing=allow_missing).print_obj(OBJ, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("{{.name}}-{{.n}}", "web-3"),
        ("{{.half}} {{.yes}} {{.nil}} {{.nope}} {{.nope.x}}", "1.5 true <no value> <no value> <no value>"),
        ("{{.list}} {{.map}}", "[1 2 3] map[a:1 b:2]"),
        ("a {{- .name -}} b", "awebb"),
        ("{{/* nothing */}}x", "x"),
        ('{{"q\\t"}}{{`r\\t`}}{{\'a\'}}{{1}}{{true}}', "q\tr\\t971true"),
        ("{{range .list}}{{.}},{{end}}", "1,2,3,"),
        ("{{range $i, $e := .items}}{{$i}}{{$e.name}} {{end}}", "0x 1y "),
        ("{{range $k, $v := .map}}{{$k}}={{$v}};{{end}}", "a=1;b=2;"),
        ("{{range .none}}x{{else}}none{{end}}", "none"),
        ("{{range .list}}{{if eq . 2}}{{continue}}{{end}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}", "1"),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ("{{if .none}}a{{else if .yes}}b{{else}}c{{end}}", "b"),
        ("{{with .map}}{{.a}}{{$.name}}{{else}}no{{end}}", "1web"),
        ("{{with .nope}}x{{else}}no{{end}}", "no"),
        ("{{$x := .n}}{{range .list}}{{$x = .}}{{end}}{{$x}}", "3"),
        ("{{.name | printf \"%s-%d\" \"a\" | len}}", "17"),
        ('{{define "t"}}<{{.}}>{{end}}{{template "t" .name}}{{template "t"}}', "<web><<no value>>"),
        ('{{block "b" .n}}[{{.}}]{{end}}', "[3]"),
        ('{{index .list 1}}{{index .map "a"}}{{index .map "z"}}{{(index .items 1).name}}', "21<no value>y"),
        ('{{slice .list 1}} {{slice "hello" 1 3}}', "[2 3] el"),
        ("{{len .list}}{{len .map}}{{len .name}}", "323"),
        ("{{and .yes .n}} {{or .none .name}} {{not .yes}}", "3 web false"),
        ('{{eq .n 3}} {{eq .name "a" "web"}} {{ne 1 2}} {{lt 1 2}} {{ge .half 1.5}}', "true true true true true"),
        ('{{base64decode .secret}} {{exists . "map" "a"}} {{exists . "map" "z"}}', "hi true false"),
        ('{{html "<a>"}} {{urlquery "a b"}} {{js "it\'s"}}', "&lt;a&gt; a+b it\\'s"),
        ('{{print 1 2 "a" 3}} {{println "x"}}', "1 2a3 x\n"),
        ('{{printf "%5s|%-4v|%05d|%.1f|%q|%x|%t|%%" "a" 1 42 2.55 "z" 255 true}}',
         '    a|1   |00042|2.5|"z"|ff|true|%'),
        ('{{printf "%d %s" "a"}} {{printf "x" 1}}', "%!d(string=a) %!s(MISSING) x%!(EXTRA int=1)"),
    ],
)  # fmt: skip
def test_templates(template: str, text: str) -> None:
    assert render(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{", "unclosed action"),
        ("{{.a", "unclosed action"),
        ("{{if .a}}", "unexpected EOF"),
        ("{{end}}", "unexpected {{end}}"),
        ("{{if}}{{end}}", "missing value for if"),
        ("{{foo}}", 'function "foo" not defined'),
        ("{{$x}}", 'undefined variable "$x"'),
        ('{{"a', "unterminated quoted string"),
        ('{{"\\q"}}', "invalid syntax"),
        ("{{'ab'}}", "malformed character constant: 'ab'"),
        ("{{/* a", "unclosed comment"),
        ("{{.a.}}", "unexpected <.> in operand"),
        ("{{(.a}}", "unclosed left paren"),
        ("{{.a)}}", "unexpected right paren"),
        ("{{break}}", "{{break}} outside {{range}}"),
        ("{{.a | 1}}", "non executable command in pipeline stage 2"),
        ("{{1e}}", 'illegal number syntax: "1e"'),
        ("{{99999999999999999999}}", 'integer overflow: "99999999999999999999"'),
        ("{{define}}{{end}}", 'unexpected "}}" in define clause'),
    ],
)
def test_templates_that_cannot_be_read(template: str, text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        GoTemplatePrinter(template)
    assert str(caught.value) == f"error parsing template {template}, template: output:1: {text}"


@pytest.mark.parametrize(
    ("template", "where", "text"),
    [
        ("{{.name.x}}", "1:7: executing \"output\" at <.name.x>", "can't evaluate field x in type interface {}"),
        ("{{.nil.x}}", "1:6: executing \"output\" at <.nil.x>", "nil pointer evaluating interface {}.x"),
        ("{{with .n}}{{.x}}{{end}}", "1:13: executing \"output\" at <.x>", "can't evaluate field x in type int64"),
        ("\n{{range .n}}{{end}}{{range .name}}{{end}}", "2:27: executing \"output\" at <.name>",
         "range can't iterate over web"),
        ('{{eq .n "a"}}', "1:2: executing \"output\" at <eq .n \"a\">",
         "error calling eq: incompatible types for comparison: int64 and string"),
        ("{{index .list 9}}", "1:2: executing \"output\" at <index .list 9>",
         "error calling index: index out of range: 9"),
        ("{{len .n}}", "1:2: executing \"output\" at <len .n>", "error calling len: len of type int64"),
        ("{{not}}", "1:2: executing \"output\" at <not>", "wrong number of args for not: want 1 got 0"),
        ("{{.name 1}}", "1:2: executing \"output\" at <.name>", "name is not a method but has arguments"),
        ("{{base64decode .n}}", "1:15: executing \"output\" at <.n>",
         "wrong type for value; expected string; got int64"),
        ('{{template "t"}}', "1:11: executing \"output\" at <{{template \"t\"}}>", 'template "t" not defined'),
        ('{{define "t"}}{{.x}}{{end}}{{template "t" .n}}', "1:16: executing \"t\" at <.x>",
         "can't evaluate field x in type int64"),
    ],
)  # fmt: skip
def test_templates_that_do_not_fit(template: str, where: str, text: str) -> None:
    out = io.StringIO()
    with pytest.raises(TemplateError) as caught:
        GoTemplatePrinter(template).print_obj(OBJ, out)
    told = f"template: output:{where}: {text}"
    assert str(caught.value).endswith(f": {told}")
    assert f"Error executing template: {told}. Printing more information" in out.getvalue()
    assert f'\ttemplate was:\n\t\t{template}\n\traw data was:\n\t\t{{"half":1.5,' in out.getvalue()


def test_missing_fields_may_be_refused() -> None:
    with pytest.raises(TemplateError, match=r'at <\.nope>: map has no entry for key "nope"'):
        render("{{.nope}}", allow_missing=False)
    assert render("{{.name}}", allow_missing=False) == "web"


def test_a_template_that_never_ends_does() -> None:
    with pytest.raises(TemplateError, match="exceeded maximum template depth"):
        render('{{define "t"}}{{template "t" .}}{{end}}{{template "t" .}}')


def test_a_printer_prints_one_object_after_the_other() -> None:
    out = io.StringIO()
    printer = GoTemplatePrinter("{{$x := .name}}{{$x}};")
    printer.print_obj({"name": "a"}, out)
    printer.print_obj({"name": "b"}, out)
    assert out.getvalue() == "a;b;"
