"""The real kubectl does a day's work on the shop: every command succeeds without a warning."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.cluster import SHOP, SHOP_DEPLOYMENTS, ClusterProcess
from tests.support.commands import KUBECTL

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

IN_SHOP = ("-n", "shop")
KINDS = "deploy,rs,pods,svc,sts,job,cm,secret,sa,role,rolebinding,ing,netpol,pdb,endpointslices,events"

# Each succeeds silently.
READS = [
    *(f"get {KINDS} -n shop{form}" for form in ("", " -o wide", " -o yaml", " -o json", " -o name", " --show-labels")),
    "get all -A",
    "get nodes -o wide",
    "get pods -n shop -o kyaml",
    "get pods -n shop -o jsonpath={.items[*].spec.nodeName}",
    "get pods -n shop -o jsonpath-as-json={.items[*].metadata.labels}",
    "get pods -n shop -o go-template={{range.items}}{{.metadata.name}}{{end}}",
    "get pods -n shop -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName",
    "get pods -n shop --sort-by=.metadata.creationTimestamp",
    "get pods -n shop --field-selector status.phase=Running,spec.nodeName!=nowhere",
    "get pods -n shop -l app.kubernetes.io/name=catalog",
    "get pods -n shop --chunk-size=1",
    "get deploy catalog -n shop --subresource=scale -o yaml",
    "get --raw /version",
    "get --raw /readyz?verbose",
    "describe nodes",
    "describe deploy,rs,pods,svc,sts,job,cm,secret,sa,role,rolebinding,ing,netpol,pdb -n shop",
    "explain deployment.spec.strategy",
    "explain pod --recursive",
    "explain cronjob.spec --api-version=batch/v1",
    "api-resources",
    "api-resources -o wide --sort-by=name",
    "api-versions",
    "version",
    "cluster-info",
    "logs deploy/cart -n shop --tail=1 --all-pods",
    "logs job/seed-catalog -n shop --all-pods",
    "logs -l app.kubernetes.io/name=cart -n shop --prefix",
    "rollout status deploy/catalog -n shop",
    "rollout history deploy/catalog -n shop --revision=1",
    "wait --for=condition=Available deploy --all -n shop --timeout=10s",
    "wait --for=jsonpath={.status.succeeded}=2 job/seed-catalog -n shop --timeout=10s",
    "apply -f examples/shop",
    "apply -f examples/shop --dry-run=server",
    "apply -f examples/shop --dry-run=client -o yaml",
    "events -n shop",
    "create deployment web --image=nginx --dry-run=client -o yaml",
]

# kubectl's typed clients send protobuf, which the server of this version doesn't read.
PROTOBUF = [
    "auth whoami",
    "auth can-i create deployments -n shop",
    "auth can-i --list -n shop",
    "auth can-i get configmaps/shop-settings -n shop --as system:serviceaccount:shop:catalog",
    "create namespace x --dry-run=server",
    "create configmap x --from-literal=a=b --dry-run=server -o yaml -n shop",
]


@pytest.mark.parametrize("line", READS)
def test_reading(shop_cluster: ClusterProcess, line: str) -> None:
    assert shop_cluster.must(*line.split())


@pytest.mark.xfail(strict=True, reason="the server of this version reads no protobuf")
@pytest.mark.parametrize("line", PROTOBUF)
def test_bodies_in_protobuf(shop_cluster: ClusterProcess, line: str) -> None:
    assert shop_cluster.must(*line.split())


def test_no_difference_after_applying(shop_cluster: ClusterProcess) -> None:
    assert shop_cluster.must("diff", "-f", "examples/shop/10-config.yaml") == ""


@pytest.fixture
def namespace(shop_cluster: ClusterProcess, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty namespace, removed afterwards."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:40]
    manifest = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"
    shop_cluster.must("create", "-f", "-", stdin=manifest)
    yield name
    shop_cluster.must("delete", "namespace", name, "--timeout=60s")
    assert shop_cluster.must("get", "namespace", name, "--ignore-not-found") == ""


WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example.com/web:1"}]}
"""


def install_web(cluster: ClusterProcess, namespace: str) -> None:
    cluster.must("apply", "-n", namespace, "-f", "-", stdin=WEB)
    cluster.must("rollout", "status", "deploy/web", "-n", namespace, "--timeout=60s")


def test_metadata(shop_cluster: ClusterProcess) -> None:
    must = shop_cluster.must
    assert must("label", "deploy/cart", "tier=back", *IN_SHOP) == "deployment.apps/cart labeled\n"
    assert must("get", "deploy", "-l", "tier=back", "-o", "name", *IN_SHOP) == "deployment.apps/cart\n"
    assert must("label", "deploy/cart", "tier-", *IN_SHOP) == "deployment.apps/cart unlabeled\n"
    must("annotate", "deploy/cart", "note=some words", *IN_SHOP)
    must("annotate", "deploy/cart", "note-", *IN_SHOP)


def test_patches(shop_cluster: ClusterProcess, namespace: str) -> None:
    install_web(shop_cluster, namespace)
    for kind, body in (
        (
            "strategic",
            '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}',
        ),
        ("merge", '{"metadata":{"annotations":{"a":"b"}}}'),
        ("json", '[{"op":"replace","path":"/spec/replicas","value":1}]'),
    ):
        shop_cluster.must("patch", "deploy", "web", "-n", namespace, "--type", kind, "-p", body)
    web = json.loads(shop_cluster.must("get", "deploy", "web", "-n", namespace, "-o", "json"))
    assert web["spec"]["replicas"] == 1
    assert web["metadata"]["annotations"]["a"] == "b"
    container = web["spec"]["template"]["spec"]["containers"][0]
    assert (container["image"], container["env"]) == ("registry.example.com/web:1", [{"name": "A", "value": "1"}])


def test_scaling(shop_cluster: ClusterProcess, namespace: str) -> None:
    install_web(shop_cluster, namespace)
    for replicas in ("4", "0", "1"):
        shop_cluster.must("scale", "deploy/web", f"--replicas={replicas}", "-n", namespace)
        shop_cluster.must("rollout", "status", "deploy/web", "-n", namespace, "--timeout=60s")
    shop_cluster.must("wait", "--for=jsonpath={.status.replicas}=1", "deploy/web", "-n", namespace, "--timeout=60s")


def test_rollouts(shop_cluster: ClusterProcess, namespace: str) -> None:
    def must(*arguments: str) -> str:
        return shop_cluster.must(*arguments, "-n", namespace)

    def image() -> str:
        return must("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")

    shop_cluster.must("create", "-n", namespace, "-f", "-", stdin=WEB)
    must("rollout", "status", "deploy/web", "--timeout=60s")
    must("set", "image", "deploy/web", "web=registry.example.com/web:2")
    must("rollout", "status", "deploy/web", "--timeout=60s")
    assert must("rollout", "history", "deploy/web").split()[-4:] == ["1", "<none>", "2", "<none>"]
    must("rollout", "undo", "deploy/web")
    must("rollout", "status", "deploy/web", "--timeout=60s")
    assert image() == "registry.example.com/web:1"
    must("rollout", "pause", "deploy/web")
    must("set", "image", "deploy/web", "web=registry.example.com/web:3")
    must("rollout", "resume", "deploy/web")
    must("rollout", "restart", "deploy/web")
    assert "successfully rolled out" in must("rollout", "status", "deploy/web", "--timeout=60s")
    assert image() == "registry.example.com/web:3"


def test_edit_by_replace(shop_cluster: ClusterProcess, namespace: str) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: '1'}\n"
    shop_cluster.must("create", "-n", namespace, "-f", "-", stdin=manifest)
    current = json.loads(shop_cluster.must("get", "cm", "a", "-n", namespace, "-o", "json"))
    current["data"]["k"] = "2"
    assert shop_cluster.must("replace", "-f", "-", stdin=json.dumps(current)) == "configmap/a replaced\n"
    stale = shop_cluster.kubectl("replace", "-f", "-", stdin=json.dumps(current))
    assert stale.code == 1
    assert "the object has been modified; please apply your changes to the latest version" in stale.err


def test_watch(shop_cluster: ClusterProcess, namespace: str) -> None:
    watch = shop_cluster.commands.start(KUBECTL, ["get", "cm", "-n", namespace, "--watch", "-o", "name"])
    assert watch.stdout is not None and watch.stderr is not None
    try:
        assert watch.stdout.readline() == "configmap/kube-root-ca.crt\n"
        manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen}\n"
        shop_cluster.must("create", "-n", namespace, "-f", "-", stdin=manifest)
        assert watch.stdout.readline() == "configmap/seen\n"
    finally:
        watch.terminate()
        watch.wait()
        watch.stdout.close()
        watch.stderr.close()


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nfoo: 1\n", 'unknown field "foo"'),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{nam: y}]}\n", 'spec.containers[0].nam"'),
    ],
)
def test_strict_validation(shop_cluster: ClusterProcess, manifest: str, complaint: str) -> None:
    result = shop_cluster.kubectl("apply", "--validate=strict", "-f", "-", stdin=manifest)
    assert result.code == 1
    assert complaint in result.err


def test_deleting_with_what_is_owned(shop_cluster: ClusterProcess, namespace: str) -> None:
    install_web(shop_cluster, namespace)
    shop_cluster.must("delete", "deploy", "web", "-n", namespace, "--cascade=foreground", "--timeout=60s")
    assert shop_cluster.must("get", "rs", "-n", namespace, "-o", "name") == ""
    install_web(shop_cluster, namespace)
    shop_cluster.must("delete", "deploy", "web", "-n", namespace, "--cascade=orphan", "--timeout=60s")
    assert shop_cluster.must("get", "rs", "-n", namespace, "-o", "name").startswith("replicaset.apps/web-")
    shop_cluster.must("delete", "rs", "--all", "-n", namespace, "--timeout=60s")
    shop_cluster.must("wait", "--for=delete", "pods", "-l", "app=web", "-n", namespace, "--timeout=60s")


def test_finalizers_hold_a_deletion(shop_cluster: ClusterProcess, namespace: str) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/hold]}\n"
    shop_cluster.must("create", "-n", namespace, "-f", "-", stdin=manifest)
    shop_cluster.must("delete", "cm", "held", "-n", namespace, "--wait=false")
    held = json.loads(shop_cluster.must("get", "cm", "held", "-n", namespace, "-o", "json"))
    assert held["metadata"]["deletionTimestamp"]
    shop_cluster.must("patch", "cm", "held", "-n", namespace, "-p", '{"metadata":{"finalizers":null}}')
    shop_cluster.must("wait", "--for=delete", "cm/held", "-n", namespace, "--timeout=30s")


def test_permissions(shop_cluster: ClusterProcess) -> None:
    denied = shop_cluster.kubectl("get", "secrets", *IN_SHOP, "--as", "system:serviceaccount:shop:catalog")
    assert denied.code == 1
    assert denied.err == (
        'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:shop:catalog" cannot list '
        'resource "secrets" in API group "" in the namespace "shop"\n'
    )


def test_the_shop_is_deleted_and_comes_back(shop_cluster: ClusterProcess) -> None:
    shop_cluster.must("delete", "-f", str(SHOP), "--timeout=60s")
    assert shop_cluster.must("get", "namespace", "shop", "--ignore-not-found") == ""
    shop_cluster.must("apply", "-f", str(SHOP))
    for name in SHOP_DEPLOYMENTS:
        shop_cluster.must("rollout", "status", f"deploy/{name}", *IN_SHOP, "--timeout=60s")
