"""Annotations that several parts know.

Source: ``k8s.io/api/core/v1/annotation_key_constants.go``.
"""

from __future__ import annotations

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
