"""The builder: what becomes of files, arguments and selectors, asked of a server in memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pykubectl.builder.arguments import BuilderError
from pykubectl.builder.builder import NOTHING, Builder
from pykubectl.cli.streams import IOStreams
from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.rest import RESTClient
from pykubectl.client.transport.interface import Request
from pykubectl.machinery.errors import StatusError, is_not_found, new_not_found
from pykubectl.machinery.mapper import NoMatch, RESTMapper
from pykubectl.machinery.schema import GroupResource
from pykubectl.machinery.util.aggregate import Aggregate
from pykubectl.visitor.decoding import ManifestError
from pykubectl.visitor.steps import VisitorError
from tests.support.canned_api import DISCOVERY
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response

Object = dict[str, Any]

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, labels: {app: %s}}\n---\n"
NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: %s}\n---\n"


class Server:
    """Pods a, b and c in the namespace ``default``, listed in pages of at most two; one node."""

    def __init__(self) -> None:
        self.transport = FakeTransport(self._answer)
        self.rest = RESTClient(RESTConfig("http://server"), self.transport)
        groups = [{"name": "", "versions": [{"groupVersion": "v1"}]}, *DISCOVERY["/apis"]["groups"]]
        lists = [DISCOVERY["/api/v1"], DISCOVERY["/apis/x.y/v1"]]
        self.mapper = RESTMapper(lambda fresh: (groups, lists))

    @property
    def asked(self) -> list[str]:
        """Paths of the requests."""
        return [request.path for request in self.transport.requests]

    def builder(self, stdin: str = "") -> Builder:
        """A builder over the server."""
        streams = IOStreams(io.StringIO(stdin), io.StringIO(), io.StringIO())
        return Builder(lambda: self.rest, lambda: self.mapper, streams)

    def _answer(self, request: Request) -> FakeResponse:
        name = request.path.rpartition("/")[2]
        if name == "pods":
            return self._page(dict(request.query))
        if name in ("widgets", "services"):
            status = new_not_found(GroupResource("", name), "").status
            return json_response({**status, "message": "nothing here"}, 404)
        if name in ("a", "b", "c", "default", "n"):
            return json_response({"metadata": {"name": name, "labels": {"from": "server"}}})
        return json_response(new_not_found(GroupResource("", request.path.split("/")[-2]), name).status, 404)

    def _page(self, query: dict[str, str]) -> FakeResponse:
        start, limit = int(query.get("continue", "0")), min(2, int(query.get("limit", "2")))
        items = [{"metadata": {"name": name, "namespace": "default"}} for name in "abc"[start : start + limit]]
        following = {"continue": str(start + limit)} if start + limit < 3 else {}
        return json_response({"kind": "PodList", "metadata": {"resourceVersion": "7", **following}, "items": items})


@pytest.fixture
def server() -> Server:
    return Server()


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def shown(builder: Builder) -> list[str]:
    return [f"{info.display_name}@{info.namespace}" for info in builder.result().infos()]


def test_names_are_read_before_they_are_visited(server: Server) -> None:
    builder = server.builder().namespace("default").arguments(["pods", "a", "b"])
    assert [info.object["metadata"]["labels"] for info in builder.result().infos()] == [{"from": "server"}] * 2
    assert server.asked == ["/api/v1/namespaces/default/pods/a", "/api/v1/namespaces/default/pods/b"]


def test_names_need_not_be_read(server: Server) -> None:
    builder = server.builder().namespace("default").arguments(["po/a", "no/n"]).require_object(False)
    assert shown(builder) == ["pod/a@default", "node/n@"]
    assert server.asked == []


def test_a_type_alone_is_no_object(server: Server) -> None:
    with pytest.raises(BuilderError, match=r"^resource\(s\) were provided, but no name was specified$"):
        server.builder().arguments(["pods"]).result()


def test_every_object_of_a_type_comes_in_pages(server: Server) -> None:
    builder = server.builder().namespace("default").arguments(["pods"], every=True)
    result = builder.result()
    assert [info.name for info in result.infos()] == ["a", "b", "c"]
    assert server.asked == ["/api/v1/namespaces/default/pods"] * 2
    assert not result.single
    assert [mapping.kind.kind for mapping in result.mappings] == ["Pod"]


def test_all_namespaces_is_one_list(server: Server) -> None:
    assert len(server.builder().namespace("x").all_namespaces(True).arguments(["pods"], every=True).result().infos())
    assert server.asked[0] == "/api/v1/pods"


def test_categories_name_several_types(server: Server) -> None:
    builder = server.builder().namespace("default").arguments(["all"], every=True)
    kinds = [mapping.kind.kind for mapping in builder.result().mappings]
    assert kinds == ["Pod", "Service", "Widget"]


def test_the_first_error_ends_a_visit(server: Server) -> None:
    names: list[str] = []
    result = server.builder().namespace("default").arguments(["pods", "x", "a"]).result()
    with pytest.raises(StatusError, match='pods "x" not found'):
        result.visit(lambda info: names.append(info.name))
    assert names == []


def test_errors_are_told_at_the_end_when_asked_to_go_on(server: Server) -> None:
    errors: list[Exception] = []
    builder = server.builder().namespace("default").continue_on_error().arguments(["pods", "x", "a", "y"])
    assert [info.name for info in builder.result().infos(errors)] == ["a"]
    assert list(map(str, errors)) == ['[pods "x" not found, pods "y" not found]']


def test_a_list_that_is_refused_does_not_stop_the_others(server: Server) -> None:
    errors: list[Exception] = []
    builder = server.builder().namespace("default").continue_on_error().arguments(["svc,pods"], every=True)
    assert [info.name for info in builder.result().infos(errors)] == ["a", "b", "c"]
    assert list(map(str, errors)) == ['Unable to list "/v1, Resource=services": nothing here']


def test_selectors_are_named_in_the_error_of_a_list(server: Server) -> None:
    builder = server.builder().namespace("default").selectors(" a=b ", "c=d").arguments(["svc"])
    with pytest.raises(StatusError) as caught:
        builder.result().infos()
    assert str(caught.value).startswith(
        'Unable to find "/v1, Resource=services" that match label selector "a=b", field selector "c=d": '
    )


def test_errors_can_be_ignored(server: Server) -> None:
    builder = server.builder().namespace("default").continue_on_error().arguments(["pods", "x", "a"])
    assert builder.result().ignore_errors(is_not_found).visit(lambda info: None) == 1


def test_what_a_visit_raises_counts_as_an_error_of_the_object(server: Server) -> None:
    def refuse(name: str) -> Callable[[Any], None]:
        def visit(info: Any) -> None:
            if info.name == name:
                raise ValueError(f"not {name}")

        return visit

    builder = server.builder().namespace("default").continue_on_error().arguments(["pods", "a", "b", "x"])
    with pytest.raises(Aggregate) as caught:
        builder.result().visit(refuse("a"))
    assert list(map(str, caught.value.errors)) == ["not a", 'pods "x" not found']


@pytest.mark.parametrize(
    ("args", "labels", "text"),
    [
        (["pods", "a"], "a=b", "name cannot be provided when a selector is specified"),
        (["pods/a"], "a=b", "selectors and the all flag cannot be used when passing resource/name arguments"),
        ([], "a=b", "at least one resource must be specified to use a selector"),
        ([], "", NOTHING),
    ],
)
def test_arguments_that_do_not_go_together(server: Server, args: list[str], labels: str, text: str) -> None:
    with pytest.raises(BuilderError) as caught:
        server.builder().namespace("default").selectors(labels).arguments(args).result()
    assert str(caught.value) == text


def test_all_objects_are_not_wanted_together_with_names(server: Server) -> None:
    with pytest.raises(BuilderError, match=r"^name cannot be provided when a selector is specified$"):
        server.builder().namespace("default").select_all(True).arguments(["pods", "a"]).result()


def test_named_objects_are_in_one_namespace(server: Server) -> None:
    with pytest.raises(BuilderError, match=r"^a resource cannot be retrieved by name across all namespaces$"):
        server.builder().namespace("default").all_namespaces(True).arguments(["pods", "a"]).result()


def test_types_that_there_are_none_of(server: Server) -> None:
    with pytest.raises(NoMatch, match=r'^the server doesn\'t have a resource type "cakes"$'):
        server.builder().arguments(["cakes/a"]).result()


def test_files_become_objects_with_the_servers_resources(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "f.yaml", POD % ("a", "web") + NODE % "node")
    builder = server.builder().namespace("mine").files([path])
    assert shown(builder) == ["pod/a@mine", "node/node@"]
    assert server.asked == []


def test_files_must_not_name_another_namespace_where_one_is_enforced(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "f.yaml", '{"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "other"}}')
    assert shown(server.builder().namespace("mine").files([path])) == ["pod/@other"]
    with pytest.raises(VisitorError):
        server.builder().namespace("mine", enforce=True).files([path]).result().infos()


def test_objects_of_files_are_read_anew_where_the_latest_is_wanted(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "f.yaml", POD % ("a", "web"))
    (info,) = server.builder().namespace("default").latest().files([path]).result().infos()
    assert info.object["metadata"]["labels"] == {"from": "server"}


def test_labels_choose_among_what_files_hold(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "f.yaml", POD % ("a", "web") + POD % ("b", "db"))
    assert shown(server.builder().namespace("n").selectors("app=db").files([path])) == ["pod/b@n"]
    with pytest.raises(BuilderError, match=r'^the provided selector "a b" is not valid: '):
        server.builder().selectors("a b").files([path]).result()


def test_files_that_are_missing_are_all_told_before_anything_is_done(server: Server, tmp_path: Path) -> None:
    good = write(tmp_path / "f.yaml", POD % ("a", "web"))
    with pytest.raises(Aggregate) as caught:
        server.builder().files([good, f"{tmp_path}/x", f"{tmp_path}/y"]).result()
    assert [str(error) for error in caught.value.errors] == [
        f'the path "{tmp_path}/x" does not exist',
        f'the path "{tmp_path}/y" does not exist',
    ]


def test_a_directory_without_manifests_is_an_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        server.builder().files([str(tmp_path)]).result()
    assert str(caught.value) == (f"error reading [{tmp_path}]: recognized file extensions are [.json .yaml .yml]")


def test_kinds_that_the_server_has_not_do_not_stop_the_others(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "f.yaml", "apiVersion: z/v1\nkind: Cake\nmetadata: {name: c}\n---\n" + POD % ("a", "web"))
    errors: list[Exception] = []
    infos = server.builder().namespace("n").continue_on_error().files([path]).result().infos(errors)
    assert [info.name for info in infos] == ["a"]
    assert str(errors[0]) == (
        f'resource mapping not found for name: "c" namespace: "" from "{path}": no matches for kind "Cake" in version '
        '"z/v1"\nensure CRDs are installed first'
    )


def test_standard_input_is_read_once(server: Server) -> None:
    assert shown(server.builder(POD % ("a", "web")).namespace("n").files(["-"])) == ["pod/a@n"]
    with pytest.raises(BuilderError, match=r"^standard input cannot be used for multiple arguments$"):
        server.builder().files(["-", "-"]).result()


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["pods"], "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"),
        (["pods/a"], "resource/name arguments cannot be provided when a path is specified"),
    ],
)
def test_files_and_arguments_exclude_each_other(server: Server, args: list[str], text: str) -> None:
    with pytest.raises(BuilderError) as caught:
        server.builder(POD % ("a", "web")).files(["-"]).arguments(args).result()
    assert str(caught.value) == text


def test_one_file_or_name_means_a_single_object(server: Server, tmp_path: Path) -> None:
    one, two = (write(tmp_path / name, POD % (name[0], "web")) for name in ("a.yaml", "b.yaml"))
    new = server.builder
    assert new().namespace("n").files([one]).result().single
    assert not new().namespace("n").files([one, two]).result().single
    assert not new().namespace("n").files(["-"]).result().single
    assert new().namespace("n").arguments(["pods/a"]).result().single
    assert not new().namespace("n").arguments(["pods", "a", "b"]).result().single


def test_local_work_asks_nobody(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "f.yaml", "apiVersion: z/v1\nkind: Cake\nmetadata: {name: c}\n")
    (info,) = server.builder().namespace("n").local().latest().files([path]).result().infos()
    assert (info.display_name, info.namespace) == ("cake.z/c", "")
    with pytest.raises(BuilderError, match=r"^can only use local files by -f pod.yaml"):
        server.builder().local().arguments(["pods/a"]).result()
    assert server.asked == []


def test_tables_are_asked_for_and_come_whole(tmp_path: Path) -> None:
    accepted: list[str] = []

    def answer(request: Request) -> FakeResponse:
        accepted.append(dict(request.headers)["Accept"])
        assert dict(request.query)["includeObject"] == "Object"
        return json_response({"kind": "Table", "metadata": {}, "rows": []})

    server = Server()
    server.rest = RESTClient(RESTConfig("http://server"), FakeTransport(answer))
    builder = server.builder().namespace("default").tables(include_objects=True).arguments(["pods"], every=True)
    (info,) = builder.result().infos()
    assert info.object["kind"] == "Table"
    assert "as=Table" in accepted[0]
    assert json.dumps(info.object)
