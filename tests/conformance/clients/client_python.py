"""The official Python client: create, watch, scale, patch, page, errors, logs, reviews, delete."""

from __future__ import annotations

from kubernetes import client, config, dynamic, watch

config.load_kube_config()
core, apps = client.CoreV1Api(), client.AppsV1Api()
assert client.VersionApi().get_code().minor == "36"

core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="official")))
labels = {"app": "web"}
template = client.V1PodTemplateSpec(
    metadata=client.V1ObjectMeta(labels=labels),
    spec=client.V1PodSpec(containers=[client.V1Container(name="web", image="nginx")]),
)
deployment = client.V1Deployment(
    metadata=client.V1ObjectMeta(name="web"),
    spec=client.V1DeploymentSpec(replicas=2, selector=client.V1LabelSelector(match_labels=labels), template=template),
)
apps.create_namespaced_deployment("official", deployment)

watching = watch.Watch()
for event in watching.stream(apps.list_namespaced_deployment, "official", timeout_seconds=20):
    if event["object"].status.ready_replicas == 2:
        watching.stop()
assert apps.read_namespaced_deployment("web", "official").status.ready_replicas == 2

pods = core.list_namespaced_pod("official", limit=1)
assert len(pods.items) == 1
assert pods.metadata.remaining_item_count == 1
rest = core.list_namespaced_pod("official", limit=1, _continue=pods.metadata._continue)
assert rest.items[0].metadata.name != pods.items[0].metadata.name
assert "nginx" in core.read_namespaced_pod_log(pods.items[0].metadata.name, "official")

apps.patch_namespaced_deployment_scale("web", "official", {"spec": {"replicas": 3}})
assert apps.read_namespaced_deployment_scale("web", "official").spec.replicas == 3

try:
    core.read_namespaced_pod("nothing", "official")
except client.ApiException as error:
    assert (error.status, error.reason) == (404, "Not Found")
    assert '"reason":"NotFound"' in error.body
else:
    raise AssertionError("a pod that there is none of was read")

maps = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="v1", kind="ConfigMap")
maps.create(body={"metadata": {"name": "x"}, "data": {"a": "b"}}, namespace="official")
changed = maps.patch(
    name="x", namespace="official", body={"data": {"a": "c"}}, content_type="application/merge-patch+json"
)
assert changed.data.a == "c"

attributes = client.V1ResourceAttributes(verb="get", resource="pods")
review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
assert client.AuthorizationV1Api().create_self_subject_access_review(review).status.allowed

request = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=600))
assert core.create_namespaced_service_account_token("default", "official", request).status.token
core.delete_namespace("official")
