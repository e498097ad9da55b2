"""The resources that controllers work with."""

from __future__ import annotations

from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource

PODS = GroupVersionResource("", "v1", "pods")
NODES = GroupVersionResource("", "v1", "nodes")
REPLICATION_CONTROLLERS = GroupVersionResource("", "v1", "replicationcontrollers")
SERVICES = GroupVersionResource("", "v1", "services")
ENDPOINTS = GroupVersionResource("", "v1", "endpoints")
NAMESPACES = GroupVersionResource("", "v1", "namespaces")
CONFIG_MAPS = GroupVersionResource("", "v1", "configmaps")
SERVICE_ACCOUNTS = GroupVersionResource("", "v1", "serviceaccounts")
CLAIMS = GroupVersionResource("", "v1", "persistentvolumeclaims")
VOLUMES = GroupVersionResource("", "v1", "persistentvolumes")
STATEFUL_SETS = GroupVersionResource("apps", "v1", "statefulsets")
DAEMON_SETS = GroupVersionResource("apps", "v1", "daemonsets")
CONTROLLER_REVISIONS = GroupVersionResource("apps", "v1", "controllerrevisions")
DEPLOYMENTS = GroupVersionResource("apps", "v1", "deployments")
REPLICA_SETS = GroupVersionResource("apps", "v1", "replicasets")
CRON_JOBS = GroupVersionResource("batch", "v1", "cronjobs")
JOBS = GroupVersionResource("batch", "v1", "jobs")
BUDGETS = GroupVersionResource("policy", "v1", "poddisruptionbudgets")
ENDPOINT_SLICES = GroupVersionResource("discovery.k8s.io", "v1", "endpointslices")
ATTRIBUTES_CLASSES = GroupVersionResource("storage.k8s.io", "v1", "volumeattributesclasses")
CLUSTER_ROLES = GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles")

DEPLOYMENT_KIND = GroupVersionKind("apps", "v1", "Deployment")
REPLICATION_CONTROLLER_KIND = GroupVersionKind("", "v1", "ReplicationController")
REPLICA_SET_KIND = GroupVersionKind("apps", "v1", "ReplicaSet")
DAEMON_SET_KIND = GroupVersionKind("apps", "v1", "DaemonSet")
STATEFUL_SET_KIND = GroupVersionKind("apps", "v1", "StatefulSet")
CRON_JOB_KIND = GroupVersionKind("batch", "v1", "CronJob")
JOB_KIND = GroupVersionKind("batch", "v1", "Job")
