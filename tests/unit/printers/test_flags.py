"""``-o``: the printer of each format, and what is said of formats that there are none of."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pykubectl.printers.flags import FORMATS, GET_FORMATS, PrintFlags, UnknownFormat

POD = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web"}}


def printed(output: str, template: str = "", *, no_headers: bool = False, operation: str = "") -> str:
    flags = PrintFlags(output, operation, no_headers=no_headers, template=template, allowed=GET_FORMATS)
    out = io.StringIO()
    flags.to_printer().print_obj(dict(POD), out)
    return out.getvalue()


def fault(output: str, template: str = "", allowed: str = GET_FORMATS) -> str:
    with pytest.raises(ValueError) as caught:
        PrintFlags(output, template=template, allowed=allowed).to_printer()
    return str(caught.value)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("", "pod/web created\n"),
        ("name", "pod/web\n"),
        ("kyaml", '---\n{\n  apiVersion: "v1",\n  kind: "Pod",\n  metadata: {\n    name: "web",\n  },\n}\n'),
        ("yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"),
        ("jsonpath={.metadata.name}", "web"),
        ("go-template={{.metadata.name}}", "web"),
        ("template={{.kind}}", "Pod"),
        ("jsonpath-as-json={.kind}", '[\n    "Pod"\n]\n'),
        ("custom-columns=N:.metadata.name", "N\nweb\n"),
    ],
)
def test_formats(output: str, text: str) -> None:
    assert printed(output, operation="created") == text


def test_a_template_may_stand_in_its_own_flag_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "template"
    file.write_text("{.metadata.name}!")
    assert printed("jsonpath", "{.kind}") == printed("", "{{.kind}}") == printed("go-template", "{{.kind}}") == "Pod"
    assert printed(f"jsonpath-file={file}") == printed("jsonpath-file", str(file)) == "web!"
    file.write_text("NAME\nmetadata.name\n")
    assert printed(f"custom-columns-file={file}", no_headers=True) == "NAME\nweb\n"
    assert printed("custom-columns", "N:.kind", no_headers=True) == "Pod\n"


@pytest.mark.parametrize("output", ["foo", "foo=bar", "json=", "yaml=x", "name=x", "wide="])
def test_unknown_formats(output: str) -> None:
    assert fault(output) == (
        f'unable to match a printer suitable for the output format "{output}", allowed formats are: {GET_FORMATS}'
    )


def test_columns_of_ones_own_are_a_format_of_get_alone() -> None:
    with pytest.raises(UnknownFormat):
        PrintFlags("custom-columns=A:.a", allowed=FORMATS).to_printer()


@pytest.mark.parametrize("output", ["jsonpath", "jsonpath=", "jsonpath-as-json", "go-template", "templatefile"])
def test_formats_without_their_template(output: str) -> None:
    assert fault(output) == "template format specified but no template given"


@pytest.mark.parametrize("output", ["custom-columns", "custom-columns=", "custom-columns-file"])
def test_columns_without_any(output: str) -> None:
    assert fault(output) == "custom-columns format specified but no custom columns given"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert fault(f"jsonpath-file={missing}") == (
        f"error reading --template {missing}, open {missing}: no such file or directory"
    )
    assert fault(f"custom-columns-file={missing}") == (
        f"error reading template {missing}, open {missing}: no such file or directory"
    )
    assert fault(f"jsonpath-file={tmp_path}") == f"error reading --template {tmp_path}, read {tmp_path}: is a directory"
