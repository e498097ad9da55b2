"""An API server as a whole: who gets in, what it leaves on disk, and why it may not start."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mini_server.controlplane.server import APIServer
from mini_server.kv.interface import StoreCorrupt, StoreLocked
from mini_server.server.options import Options, parse
from pykubectl.client.config.rest_config import RESTConfig
from pykubectl.client.rest import RESTClient
from pykubectl.client.transport.interface import Request
from pykubectl.machinery.codecs import json

pytestmark = [pytest.mark.slow]

TOKENS = 'root-token,root,1,"system:masters"\nalice-token,alice,2,"devs"\nnode-token,system:node:n1,3,"system:nodes"\n'
SECRET = "a-secret-of-the-test"
_YAML = {"Content_Type": "application/yaml"}


def options(directory: Path, *flags: str) -> Options:
    tokens = directory / "tokens.csv"
    if not tokens.exists():
        tokens.write_text(TOKENS)
    return parse(["--data-dir", str(directory / "data"), "--secure-port=0", "--token-auth-file", str(tokens), *flags])


class Running:
    """A server and callers of it."""

    def __init__(self, server: APIServer) -> None:
        self.server = server
        self._rest = RESTClient.for_config(RESTConfig(host=server.url, insecure=True))

    def ask(self, method: str, path: str, token: str = "", body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and object of an answer; text where it is no JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body)
            named.setdefault("Content-Type", "application/json")
        path, _, query = path.partition("?")
        pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]
        response = self._rest.transport.send(Request(method, path, pairs, named, data))
        text = response.read()
        try:
            return response.status, json.loads(text)
        except json.JSONError:
            return response.status, text.decode()

    def close(self) -> None:
        self._rest.transport.close()
        self.server.stop()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def running(directory: Path) -> Iterator[Running]:
    server = APIServer(options(directory))
    server.start()
    server.wait_ready(30)
    found = Running(server)
    yield found
    found.close()


PUBLIC = ("/healthz", "/livez", "/readyz", "/version", "/version/")
PATHS = (
    *PUBLIC,
    *("/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/metrics", "/openapi/v2", "/openapi/v3"),
    *("/healthz/etcd", "/healthz/", "//version", "/Version", "/.well-known/openid-configuration", "/openid/v1/jwks"),
    *("/api/v1/pods", "/api/v1/namespaces/default/secrets", "/api/v1/namespaces/default/secrets/x", "/logs", "/x"),
    *("/api/v1/../../healthz", "/api/v1/watch/secrets", "/api/v1/nodes/n/proxy/x", "/apis/none.example.org/v1/x"),
)


@pytest.mark.parametrize("path", PATHS)
def test_without_credentials_only_public_paths_answer(running: Running, path: str) -> None:
    status, obj = running.ask("GET", path)
    if path in PUBLIC:
        assert status == 200
    else:
        assert (status, obj["reason"]) == (403, "Forbidden")
        assert 'User "system:anonymous" cannot' in obj["message"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/version", "/api/v1/namespaces/default/pods", "/api/v1/namespaces"])
def test_without_credentials_nothing_is_written(running: Running, method: str, path: str) -> None:
    assert running.ask(method, path, body={})[0] == 403


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_token_gets_nothing_at_all(running: Running, path: str) -> None:
    status, obj = running.ask("GET", path, token="wrong")
    assert (status, obj["message"], obj["reason"]) == (401, "Unauthorized", "Unauthorized")


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [
        ("alice-token", "/api", 200),
        ("alice-token", "/openapi/v2", 200),
        ("alice-token", "/api/v1/pods", 403),
        ("alice-token", "/metrics", 403),
        ("root-token", "/metrics", 200),
        ("root-token", "/api/v1/pods", 200),
        ("root-token", "/x", 404),
        ("node-token", "/api/v1/nodes", 403),
        ("node-token", "/api/v1/nodes?fieldSelector=metadata.name=n1", 200),
        ("node-token", "/api/v1/nodes?fieldSelector=metadata.name=n2", 403),
        ("node-token", "/api/v1/nodes?fieldSelector=metadata.name!=n1", 403),
        ("node-token", "/api/v1/pods", 403),
        ("node-token", "/api/v1/pods?fieldSelector=spec.nodeName=n1", 200),
        ("node-token", "/api/v1/pods?fieldSelector=spec.nodeName=n2", 403),
        ("node-token", "/api/v1/pods?fieldSelector=spec.nodeName!=n2", 403),
        ("node-token", "/api/v1/pods?fieldSelector=((", 403),
        ("node-token", "/api/v1/secrets", 403),
    ],
)
def test_with_a_token_one_gets_ones_own(running: Running, token: str, path: str, status: int) -> None:
    assert running.ask("GET", path, token=token)[0] == status


def make_alice_an_author_of_roles(running: Running) -> None:
    group = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
    rules = [
        {
            "apiGroups": ["rbac.authorization.k8s.io"],
            "resources": ["roles", "rolebindings"],
            "verbs": ["create", "get", "update", "patch"],
        }
    ]
    subject = {"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "author"}
    for path, obj in (
        ("roles", {"metadata": {"name": "author"}, "rules": rules}),
        ("rolebindings", {"metadata": {"name": "author"}, "roleRef": reference, "subjects": [subject]}),
    ):
        assert running.ask("POST", f"{group}/{path}", "root-token", obj)[0] in (201, 409)


def test_who_may_write_roles_may_not_give_what_they_lack(running: Running) -> None:
    make_alice_an_author_of_roles(running)
    group = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    patch = {"Content_Type": "application/merge-patch+json"}
    for method, path, obj, headers in (
        ("POST", "roles", {"metadata": {"name": "evil"}, "rules": everything}, {}),
        ("POST", "roles?dryRun=All", {"metadata": {"name": "evil"}, "rules": everything}, {}),
        ("PUT", "roles/evil", {"metadata": {"name": "evil"}, "rules": everything}, {}),
        ("PATCH", "roles/author", {"rules": everything}, patch),
        ("POST", "rolebindings", {"metadata": {"name": "evil"}, "roleRef": reference, "subjects": []}, {}),
        ("PUT", "rolebindings/evil", {"metadata": {"name": "evil"}, "roleRef": reference, "subjects": []}, {}),
    ):
        status, answer = running.ask(method, f"{group}/{path}", "alice-token", obj, **headers)
        assert status == 403, (method, path, answer)
        assert "is attempting to grant RBAC permissions not currently held" in answer["message"]
    assert running.ask("GET", f"{group}/roles/evil", "root-token")[0] == 404


def test_who_may_only_update_does_not_create_by_it(running: Running) -> None:
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    rules = [{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["update", "patch", "get"]}]
    assert running.ask("POST", path, "root-token", {"metadata": {"name": "updater"}, "rules": rules})[0] == 201
    subject = {"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "updater"}
    bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    binding = {"metadata": {"name": "updater"}, "roleRef": reference, "subjects": [subject]}
    assert running.ask("POST", bindings, "root-token", binding)[0] == 201
    lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/new"
    body: dict[str, Any] = {"metadata": {"name": "new"}, "spec": {}}
    assert running.ask("PUT", lease, "alice-token", body)[0] == 403
    status, created = running.ask("PUT", lease, "root-token", body)
    assert status == 201
    assert running.ask("PUT", lease, "alice-token", created)[0] == 200


def test_tokens_are_issued_checked_and_end_with_their_account(running: Running) -> None:
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    assert running.ask("POST", accounts, "root-token", {"metadata": {"name": "robot"}})[0] == 201
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    status, answer = running.ask("POST", f"{accounts}/robot/token", "root-token", request)
    assert status == 201
    token = answer["status"]["token"]
    whoami = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    status, answer = running.ask("POST", whoami, token, {})
    assert (status, answer["status"]["userInfo"]["username"]) == (201, "system:serviceaccount:default:robot")
    assert running.ask("DELETE", f"{accounts}/robot", "root-token")[0] == 200
    assert running.ask("POST", whoami, token, {})[0] == 401


def test_a_token_is_bound_to_a_pod_of_its_account_alone(running: Running) -> None:
    core = "/api/v1/namespaces/default"
    for name in ("own", "other"):
        assert running.ask("POST", f"{core}/serviceaccounts", "root-token", {"metadata": {"name": name}})[0] == 201
    node = running.ask("POST", "/api/v1/nodes", "root-token", {"metadata": {"name": "worker"}})[1]
    spec = {"serviceAccountName": "own", "nodeName": "worker", "containers": [{"name": "c", "image": "x"}]}
    status, pod = running.ask("POST", f"{core}/pods", "root-token", {"metadata": {"name": "p"}, "spec": spec})
    assert status == 201
    bound = {"kind": "Pod", "apiVersion": "v1", "name": "p", "uid": pod["metadata"]["uid"]}
    request = {"spec": {"boundObjectRef": bound}}
    status, answer = running.ask("POST", f"{core}/serviceaccounts/other/token", "root-token", request)
    assert (status, "to pod running with different serviceaccount name" in answer["message"]) == (400, True)
    status, answer = running.ask("POST", f"{core}/serviceaccounts/own/token", "root-token", request)
    assert status == 201
    token = answer["status"]["token"]
    whoami = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    status, answer = running.ask("POST", whoami, token, {})
    extra = answer["status"]["userInfo"]["extra"]
    assert extra["authentication.kubernetes.io/pod-name"] == ["p"]
    assert extra["authentication.kubernetes.io/node-uid"] == [node["metadata"]["uid"]]
    assert running.ask("DELETE", f"{core}/pods/p?gracePeriodSeconds=0", "root-token")[0] == 200
    assert running.ask("POST", whoami, token, {})[0] == 401


def test_the_issuer_describes_itself_to_those_who_may_know(running: Running) -> None:
    status, answer = running.ask("GET", "/.well-known/openid-configuration", "root-token")
    assert status == 200
    assert answer["jwks_uri"] == f"{running.server.url}/openid/v1/jwks"
    status, answer = running.ask("GET", "/openid/v1/jwks", "root-token")
    assert (status, "d" in answer["keys"][0]) == (200, False)
    assert running.ask("GET", "/openid/v1/jwks", "alice-token")[0] == 403


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"[" * 1_000_000, {}, 400),
        (b'{"a":' * 100_000, {}, 400),
        (b'{"metadata":' * 3000 + b"1" + b"}" * 3000, {}, 400),
        (b'{"metadata":{"name":"x","generation":' + b"9" * 10_000 + b"}}", {}, 400),
        (b'{"metadata":{"name":"x","generation":1e999}}', {}, 400),
        (b'{"metadata":{"name":"x"},"data":{"k":"\\ud800"}}', {}, 400),
        (b'{"metadata":{"name":"x"},"data":{"k":"\xff"}}', {}, 400),
        (b"[" * 2000, _YAML, 400),
        (b"a: &a [x,x]\n" + b"".join(b"b%d: &a [*a,*a,*a,*a,*a,*a]\n" % n for n in range(20)), _YAML, 400),
        (b"metadata: &a {name: x, labels: *a}\n", _YAML, 400),
        (b"metadata: !!python/name:os.system {name: x}\n", _YAML, 201),
        (b"x" * 3145729, {}, 413),
    ],
)
def test_hostile_bodies_are_refused(running: Running, body: bytes, headers: dict[str, str], status: int) -> None:
    found, answer = running.ask(
        "POST", "/api/v1/namespaces/default/configmaps?dryRun=All", "root-token", body, **headers
    )
    assert found == status, answer
    assert running.ask("GET", "/healthz") == (200, "ok")


def test_a_patch_does_not_fill_the_memory(running: Running) -> None:
    maps = "/api/v1/namespaces/default/configmaps"
    assert running.ask("POST", maps, "root-token", {"metadata": {"name": "large"}, "data": {"k": "a" * 1000}})[0] == 201
    copies = [{"op": "copy", "from": "/data", "path": f"/data/d{number}"} for number in range(40)]
    kind = {"Content_Type": "application/json-patch+json"}
    status, answer = running.ask("PATCH", f"{maps}/large", "root-token", copies, **kind)
    assert status == 422
    assert "the accumulated size increase of copy operations is" in answer["message"]
    assert answer["message"].endswith("exceeding the limit 3145728")


@pytest.mark.skipif(os.name != "posix", reason="modes are posix's")
def test_nothing_on_disk_is_for_others(running: Running, directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = {"metadata": {"name": "s"}, "stringData": {"k": SECRET}}
    assert running.ask("POST", "/api/v1/namespaces/default/secrets", "root-token", secret)[0] == 201
    data = directory / "data"
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in (data, *data.rglob("*"))}
    assert any(path.name.endswith("-wal") for path in found)
    assert {path.name: oct(mode) for path, mode in found.items() if mode & 0o077} == {}
    assert SECRET not in caplog.text
    assert "root-token" not in caplog.text


def failure(server: APIServer) -> BaseException:
    with pytest.raises((OSError, ValueError, StoreCorrupt, StoreLocked)) as caught:
        server.start()
        try:
            server.wait_ready(30)
        finally:
            server.stop()
    return caught.value


@pytest.mark.parametrize(
    ("flags", "fault"),
    [
        (["--client-ca-file={0}/gone"], "open {0}/gone: no such file or directory"),
        (["--client-ca-file={0}/text"], "client CA {0}/text: "),
        (["--tls-cert-file={0}/gone", "--tls-private-key-file={0}/text"], "open {0}/gone: no such file or directory"),
        (["--tls-cert-file={0}/text", "--tls-private-key-file={0}/text"], "certificate {0}/text with key {0}/text: "),
        (["--token-auth-file={0}/gone"], "open {0}/gone: no such file or directory"),
        (["--token-auth-file={0}"], "open {0}: is a directory"),
        (["--token-auth-file={0}/text"], "token file '{0}/text' must have at least 3 columns"),
        (["--service-account-signing-key-file={0}/gone"], "open {0}/gone: no such file or directory"),
        (["--service-account-signing-key-file={0}/text"], "service account signing key {0}/text is no private"),
        (["--cert-dir={0}/text"], "certificate directory {0}/text cannot be used: "),
        (["--enable-admission-plugins=Nope"], 'unknown admission plugin "Nope"'),
        (["--bind-address=192.0.2.1"], "failed to create listener: failed to listen on 192.0.2.1:0: bind: "),
    ],
)
def test_a_start_that_fails_says_why_and_lets_go_of_everything(tmp_path: Path, flags: list[str], fault: str) -> None:
    (tmp_path / "text").write_text("nothing of use\n")
    error = failure(APIServer(options(tmp_path, *(flag.format(tmp_path) for flag in flags))))
    assert str(error).startswith(fault.format(tmp_path))
    assert "\n" not in str(error)
    server = APIServer(options(tmp_path))
    server.start()
    server.wait_ready(30)
    server.stop()


def test_a_taken_port(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert isinstance(failure(APIServer(options(tmp_path, f"--secure-port={port}"))), OSError)


def test_a_data_directory_serves_one_at_a_time(running: Running, directory: Path) -> None:
    assert isinstance(failure(APIServer(options(directory))), StoreLocked)
    assert running.ask("GET", "/version")[0] == 200


@pytest.mark.parametrize("damage", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_store_is_refused_and_left_as_it_is(tmp_path: Path, damage: bytes) -> None:
    server = APIServer(options(tmp_path))
    server.start()
    server.wait_ready(30)
    server.stop()
    (store,) = (tmp_path / "data").glob("*.db")
    store.write_bytes(damage)
    error = failure(APIServer(options(tmp_path)))
    assert isinstance(error, StoreCorrupt)
    assert (str(store) in str(error), "\n" in str(error)) == (True, False)
    assert store.read_bytes() == damage


def test_a_damaged_ca_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data" / "pki").mkdir(parents=True)
    (tmp_path / "data" / "pki" / "ca.key").write_text("nonsense")
    assert "ca.key is damaged" in str(failure(APIServer(options(tmp_path))))


def test_what_was_stored_is_there_after_another_start_elsewhere(tmp_path: Path) -> None:
    for number in range(3):
        server = APIServer(options(tmp_path))
        server.start()
        server.wait_ready(30)
        found = Running(server)
        maps = "/api/v1/namespaces/default/configmaps"
        assert found.ask("POST", maps, "root-token", {"metadata": {"name": f"m{number}"}})[0] == 201
        names = [item["metadata"]["name"] for item in found.ask("GET", maps, "root-token")[1]["items"]]
        assert names == [f"m{n}" for n in range(number + 1)]
        endpoints = found.ask("GET", "/api/v1/namespaces/default/endpoints/kubernetes", "root-token")[1]
        assert endpoints["subsets"][0]["ports"][0]["port"] == server.port
        found.close()


def test_a_stop_may_come_at_any_time_and_again(tmp_path: Path) -> None:
    APIServer(options(tmp_path)).stop()
    server = APIServer(options(tmp_path))
    server.start()
    server.stop()
    server.stop()
