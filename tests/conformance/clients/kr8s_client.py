"""kr8s: discovery, objects by class, patch, label, wait, logs, scale."""

from __future__ import annotations

import warnings

warnings.simplefilter("ignore")  # it warns of servers that are newer than it is

import kr8s  # noqa: E402
from kr8s.objects import ConfigMap, Deployment, Pod  # noqa: E402

assert kr8s.api().version()["minor"] == "36"
assert len(list(kr8s.api().api_resources())) > 60

settings = ConfigMap({"metadata": {"name": "settings", "namespace": "default"}, "data": {"a": "b"}})
settings.create()
settings.patch({"data": {"a": "c"}})
settings.label({"x": "y"})
settings.refresh()
assert (settings.data, settings.labels) == ({"a": "c"}, {"x": "y"})
settings.delete()

pod = Pod.gen(name="bare", image="nginx")
pod.create()
pod.wait("condition=Ready", timeout=20)
assert pod.status.phase == "Running"
assert any("nginx" in line for line in pod.logs())
pod.delete()

frontend = Deployment.get("frontend", namespace="shop")
replicas = frontend.replicas
frontend.scale(replicas + 1)
frontend.wait("condition=Available", timeout=20)
assert frontend.replicas == replicas + 1
frontend.scale(replicas)
