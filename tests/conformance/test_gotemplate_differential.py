"""Go templates against the real kubectl: what they make of an object, and what is said of wrong ones.

kubectl changes an object locally and prints it, without a server; ours runs in this process.
"""

from __future__ import annotations

import io
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pykubectl.cli.errors import report
from pykubectl.cli.streams import IOStreams
from pykubectl.printers.flags import PrintFlags
from pykubectl.printers.gotemplate_nodes import TemplateError
from tests.conformance.test_jsonpath_differential import OBJECT
from tests.support.commands import KUBECTL, Result

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

TEMPLATES = (Path(__file__).parent / "lines" / "gotemplates.txt").read_text().splitlines()
SEVERAL_LINES = [
    "a{{.spec.list}}\n{{.spec.num.x}}",
    "line\n{{range .spec.people}}\n  {{- .name}}\n{{- end}}",
    "a\n\n{{- .kind}}\n\n{{.kind -}}\n\n b",
    '{{"a\nb"}}',
    "{{`a\nb`}}",
    "{{if .spec.yes}}\n\n{{foo}}{{end}}",
    "{{range\n.spec.list}}{{.}}{{end}}",
]


def real(template: str) -> Result:
    command = [*KUBECTL, "annotate", "--local", "--overwrite", "-f", "-", "a=b", f"--output=go-template={template}"]
    done = subprocess.run(command, input=json.dumps(OBJECT).encode(), capture_output=True, check=False, timeout=60)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def ours(template: str) -> Result:
    streams = IOStreams(io.StringIO(), out := io.StringIO(), err := io.StringIO())
    code = 0
    try:
        PrintFlags(f"go-template={template}").to_printer().print_obj(OBJECT, streams.out)
    except TemplateError as error:
        code = report(error, streams)
    return Result(code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("part", range(6))
def test_templates_give_what_kubectl_gives(part: int) -> None:
    templates = [*TEMPLATES, *SEVERAL_LINES][part::6]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(real, templates))
    found = zip(templates, answers, map(ours, templates))
    assert [entry for entry in found if entry[1] != entry[2]] == []
