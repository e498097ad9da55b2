"""Manifests: which files are read, what is in them, and what is said of those that are none."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pykubectl.visitor.decoding import Document, ManifestError, documents, metadata_fault
from pykubectl.visitor.sources import FileVisitor, StdinVisitor, URLVisitor, file_visitors, matching

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"


def names(text: str, *, validate: bool = False) -> list[str]:
    return [document.obj["metadata"]["name"] for document in documents(text, "f.yaml", validate=validate)]


def fault(text: str, *, validate: bool) -> str:
    with pytest.raises(ManifestError) as caught:
        for document in documents(text, "f.yaml", validate=validate):
            if document.fault is not None:
                raise document.fault
    return str(caught.value)


def test_documents_come_one_by_one_and_empty_ones_do_not_count() -> None:
    assert names(POD % "a" + "---\n# nothing\n---\n" + POD % "b" + "---\nnull\n") == ["a", "b"]


def test_what_stands_before_a_broken_document_is_read() -> None:
    found: list[Document] = []
    with pytest.raises(ManifestError, match=r"^error parsing f.yaml: "):
        for document in documents(POD % "a" + "---\na: [\n", "f.yaml", validate=False):
            found.append(document)
    assert [document.obj["metadata"]["name"] for document in found] == ["a"]


def test_lists_are_taken_apart_also_within_lists() -> None:
    inner = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]}"
    text = f"apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Pod, metadata: {{name: a}}}}\n- {inner}\n"
    assert names(text) == ["a", "b"]


def test_items_of_a_list_of_one_kind_have_that_kind() -> None:
    text = "apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}]\n"
    (document,) = documents(text, "f.yaml", validate=False)
    assert (document.obj["apiVersion"], document.obj["kind"]) == ("v1", "ConfigMap")


VALIDATED = {
    "5": "invalid object to validate",
    "[1]": "invalid object to validate",
    "a: b": "[apiVersion not set, kind not set]",
    "kind: Pod": "apiVersion not set",
    "{kind: 5, apiVersion: v1}": "kind isn't string type",
    "{kind: Pod, apiVersion: a/b/c}": "unexpected GroupVersion string: a/b/c",
    "{kind: List, apiVersion: v1, items: [5]}": "invalid object to validate",
    "{kind: List, apiVersion: v1, items: {}}": "invalid object to validate",
    "{kind: List, apiVersion: v1, items: [{kind: Pod}]}": "apiVersion not set",
}
DECODED = {
    "5": "json: cannot unmarshal number into Go value of type unstructured.detector",
    "[1]": "json: cannot unmarshal array into Go value of type unstructured.detector",
    "abc": "json: cannot unmarshal string into Go value of type unstructured.detector",
    "a: b": "Object 'Kind' is missing in '{\"a\":\"b\"}'",
    "{kind: 5, apiVersion: v1}": 'Object \'Kind\' is missing in \'{"apiVersion":"v1","kind":5}\'',
    "{kind: List, apiVersion: v1, items: {}}": "json: cannot unmarshal object into Go struct field decodeList.items "
    "of type []json.RawMessage",
    "{kind: List, apiVersion: v1, items: [5]}": "json: cannot unmarshal number into Go value of type "
    "map[string]interface {}",
}


@pytest.mark.parametrize("text", VALIDATED)
def test_validation_tells_objects_without_a_kind(text: str) -> None:
    hint = "if you choose to ignore these errors, turn validation off with --validate=false"
    with pytest.raises(ManifestError) as caught:
        list(documents(text, "f.yaml", validate=True))
    assert str(caught.value) == f'error validating "f.yaml": error validating data: {VALIDATED[text]}; {hint}'


@pytest.mark.parametrize("text", DECODED)
def test_decoding_tells_objects_without_a_kind_and_goes_on(text: str) -> None:
    first, second = documents(f"{text}\n---\n{POD % 'a'}", "f.yaml", validate=False)
    assert str(first.fault) == f'unable to decode "f.yaml": {DECODED[text]}'
    assert second.obj["metadata"]["name"] == "a"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (None, ""),
        ({"name": "a", "labels": {"a": "b"}, "annotations": None}, ""),
        ("abc", "json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"),
        ({"name": 5}, "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string"),
        (
            {"labels": ["a"]},
            "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        (
            {"labels": {"a": True}},
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
        ),
    ],
)
def test_types_in_metadata_are_checked(metadata: object, expected: str) -> None:
    assert metadata_fault({"metadata": metadata}) == expected


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path in ("b.yaml", "a.json", "c.yml", "notes.txt", "aa/x.yaml", "aa/deep/y.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(POD % path.replace("/", "-"))
    return tmp_path


def relative(visitors: list[FileVisitor], root: Path) -> list[str]:
    return [str(Path(visitor.source).relative_to(root)) for visitor in visitors]


def test_a_directory_is_its_manifests_by_name(tree: Path) -> None:
    assert relative(file_visitors(str(tree)), tree) == ["a.json", "b.yaml", "c.yml"]


def test_a_tree_is_walked_by_name_files_and_folders_alike(tree: Path) -> None:
    found = relative(file_visitors(str(tree), recursive=True), tree)
    assert found == ["a.json", "aa/deep/y.yaml", "aa/x.yaml", "b.yaml", "c.yml"]


def test_a_file_that_is_named_needs_no_extension(tree: Path) -> None:
    assert relative(file_visitors(str(tree / "notes.txt")), tree) == ["notes.txt"]


def test_a_circle_of_links_is_not_walked(tree: Path) -> None:
    (tree / "aa" / "loop").symlink_to(tree)
    assert len(file_visitors(str(tree), recursive=True)) == 5


def test_patterns_name_what_matches(tree: Path) -> None:
    assert [Path(path).name for path in matching(f"{tree}/*.y*ml")] == ["b.yaml", "c.yml"]
    with pytest.raises(ManifestError) as caught:
        matching(f"{tree}/none*.yaml")
    assert str(caught.value) == f'the path "{tree}/none*.yaml" does not exist'


def test_what_cannot_be_opened_is_told_when_it_is_visited(tmp_path: Path) -> None:
    gone = FileVisitor(str(tmp_path / "gone.yaml"))
    with pytest.raises(ManifestError, match=r"gone.yaml: no such file or directory$"):
        gone.visit(lambda document: None)


def test_standard_input_is_a_source() -> None:
    found: list[Document] = []
    StdinVisitor(io.StringIO(POD % "a")).visit(found.append)
    assert [(document.obj["metadata"]["name"], document.source) for document in found] == [("a", "STDIN")]


class _Web(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        """``/busy`` succeeds the second time, ``/gone`` never."""
        self.asked.append(self.path)
        code = 404 if self.path == "/gone" else 503 if self.path == "/busy" and len(self.asked) == 1 else 200
        body = (POD % "web").encode()
        self.send_response(code)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def web() -> Iterator[str]:
    _Web.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Web)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_is_read_and_asked_again_where_the_server_is_at_fault(web: str) -> None:
    found: list[Document] = []
    waited: list[float] = []
    URLVisitor(f"{web}/busy", wait=waited.append).visit(found.append)
    assert waited == [1.0]
    assert [document.source for document in found] == [f"{web}/busy"]
    assert _Web.asked == ["/busy", "/busy"]


def test_a_url_that_is_not_there_is_asked_once(web: str) -> None:
    with pytest.raises(ManifestError) as caught:
        URLVisitor(f"{web}/gone").visit(lambda document: None)
    assert str(caught.value) == f'unable to read URL "{web}/gone", server reported 404 Not Found, status code=404'
    assert _Web.asked == ["/gone"]
