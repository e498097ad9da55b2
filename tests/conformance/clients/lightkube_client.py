"""lightkube: list, create, patch, replace, watch, wait, logs, delete."""

from __future__ import annotations

from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Pod
from lightkube.types import PatchType

client = Client()
client.create(ConfigMap(metadata=ObjectMeta(name="light", namespace="default"), data={"a": "b"}))
assert client.patch(ConfigMap, "light", {"data": {"b": "c"}}, patch_type=PatchType.MERGE).data == {"a": "b", "b": "c"}
found = client.get(ConfigMap, "light")
found.data["q"] = "r"
assert client.replace(found).data["q"] == "r"
client.delete(ConfigMap, "light")

for kind, deployment in client.watch(Deployment, namespace="shop"):
    assert (kind, deployment.metadata.namespace) == ("ADDED", "shop")
    break
assert client.wait(Deployment, "frontend", namespace="shop", for_conditions=["Available"]).metadata.name == "frontend"
pod = next(iter(client.list(Pod, namespace="shop", labels={"app.kubernetes.io/name": "cart"})))
assert "hollow container started" in next(iter(client.log(pod.metadata.name, namespace="shop")))
