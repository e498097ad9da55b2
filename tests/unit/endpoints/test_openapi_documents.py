"""Paths of the OpenAPI documents."""

from __future__ import annotations

from mini_server.endpoints.openapi_documents import api_document, v3_document, version_document


def test_watches_have_paths_of_their_own() -> None:
    paths = v3_document("apps", "v1")["paths"]
    assert "/apis/apps/v1/" in paths
    for path in ("deployments", "namespaces/{namespace}/deployments", "namespaces/{namespace}/deployments/{name}"):
        assert "get" in paths[f"/apis/apps/v1/watch/{path}"]


def test_proxies_take_every_method_on_every_path() -> None:
    paths = v3_document("", "v1")["paths"]
    for path in ("/api/v1/nodes/{name}/proxy", "/api/v1/nodes/{name}/proxy/{path}"):
        assert {"get", "put", "post", "patch", "delete", "head", "options"} <= set(paths[path])


def test_documents_of_no_group() -> None:
    assert list(version_document()["paths"]) == ["/version/"]
    assert "io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions" in api_document()["components"]["schemas"]
