"""An API server with fixed answers, on a loopback port: what clients make of any answer, odd ones too."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from pykubectl.__main__ import main
from pykubectl.cli.streams import IOStreams
from tests.support.commands import Result, Surroundings

Object = dict[str, Any]
# An answer: an object (a Status gives its code), a text, or what is made of the query.
Answer = Object | str | Callable[[dict[str, str]], Any]

_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
RESOURCES: tuple[tuple[str, str, bool, tuple[str, ...]], ...] = (
    ("pods", "Pod", True, ("po",)),
    ("services", "Service", True, ("svc",)),
    ("nodes", "Node", False, ("no",)),
    ("namespaces", "Namespace", False, ("ns",)),
)
GROUPS: Mapping[str, tuple[tuple[str, str, bool, tuple[str, ...]], ...]] = {
    "apps/v1": (
        ("deployments", "Deployment", True, ("deploy",)),
        ("replicasets", "ReplicaSet", True, ("rs",)),
        ("statefulsets", "StatefulSet", True, ("sts",)),
        ("daemonsets", "DaemonSet", True, ("ds",)),
        ("controllerrevisions", "ControllerRevision", True, ()),
    ),
    "x.y/v1": (("widgets", "Widget", True, ("wd",)),),
}


def _resource_list(group_version: str, resources: tuple[tuple[str, str, bool, tuple[str, ...]], ...]) -> Object:
    entries = [
        {
            "name": name,
            "singularName": kind.lower(),
            "kind": kind,
            "namespaced": namespaced,
            "shortNames": list(short),
            "categories": ["all"] if name in ("pods", "services", "widgets") else [],
            "verbs": _VERBS,
        }
        for name, kind, namespaced, short in resources
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _group(group_version: str) -> Object:
    group, _, version = group_version.partition("/")
    entry = {"groupVersion": group_version, "version": version}
    return {"name": group, "versions": [entry], "preferredVersion": entry}


DISCOVERY: Mapping[str, Object] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in GROUPS]},
    "/api/v1": _resource_list("v1", RESOURCES),
    **{f"/apis/{name}": _resource_list(name, resources) for name, resources in GROUPS.items()},
}


class CannedAPI:
    """Answers by path, tables apart; a context manager.

    ``requests`` are those that were made: verb, path, query; ``bodies`` what was written with them, in order.
    """

    def __init__(self, directory: Path) -> None:
        self.objects: dict[str, Answer] = {}
        self.tables: dict[str, Answer] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[Any] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._cache = directory / "cache"
        kubeconfig = directory / "kubeconfig"
        kubeconfig.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            f"clusters: [{{name: c, cluster: {{server: '{self.url}'}}}}]\n"
            "contexts: [{name: c, context: {cluster: c, user: ''}}]\n"
        )
        self.commands = Surroundings(directory / "home", kubeconfig, cwd=directory)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def kubectl(self, *arguments: str, stdin: str | None = None) -> Result:
        """The real kubectl, with this server."""
        return self.commands.kubectl(*arguments, stdin=stdin)

    def pykubectl(self, *arguments: str, stdin: str = "") -> Result:
        """Ours, in this process."""
        streams = IOStreams(io.StringIO(stdin), out := io.StringIO(), err := io.StringIO())
        own = ["--kubeconfig", str(self.commands.kubeconfig), "--cache-dir", str(self._cache)]
        return Result(main([*own, *arguments], streams), out.getvalue(), err.getvalue())

    def _answer(self, verb: str, target: str, accept: str) -> Any:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.requests.append((verb, parts.path, query))
        found: Answer | None = self.tables.get(parts.path) if "as=Table" in accept else None
        found = found or self.objects.get(parts.path) or DISCOVERY.get(parts.path)
        if found is None:
            return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                    "message": f"nothing at {parts.path}"}  # fmt: skip
        return found(query) if callable(found) else found

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            # Connections end with their answer: nothing is left open.
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                self._send("GET")

            def do_DELETE(self) -> None:
                self._send("DELETE")

            def do_POST(self) -> None:
                self._send("POST")

            def do_PATCH(self) -> None:
                self._send("PATCH")

            def _send(self, verb: str) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if body:
                    api.bodies.append(json.loads(body))
                answer = api._answer(verb, self.path, self.headers.get("Accept") or "")
                encoded = (
                    answer if isinstance(answer, str) else json.dumps(answer, separators=(",", ":"), sort_keys=True)
                ).encode()
                code = answer.get("code", 200) if isinstance(answer, dict) and answer.get("kind") == "Status" else 200
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(encoded)))
                self.end_headers()
                self.wfile.write(encoded)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        return Handler


def table(columns: list[Object], rows: list[Object], **extra: Any) -> Object:
    """A Table of the server."""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": "1"},
        "columnDefinitions": columns,
        "rows": rows,
        **extra,
    }


def column(name: str, *, type: str = "string", format: str = "", priority: int = 0) -> Object:
    """A column of a Table."""
    return {"name": name, "type": type, "format": format, "description": "", "priority": priority}


def row(cells: list[Any], metadata: Object | None = None, **obj: Any) -> Object:
    """A row of a Table; without metadata it has no object."""
    if metadata is None:
        return {"cells": cells}
    head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return {"cells": cells, "object": {**head, "metadata": metadata, **obj}}
