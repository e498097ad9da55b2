"""Flags that every command takes.

Source: cli-runtime ``pkg/genericclioptions/config_flags.go``.
"""

from __future__ import annotations

from pykubectl.cli.flags import BOOL, DURATION, LEVEL, STRINGS, Flag

GLOBAL_FLAGS: tuple[Flag, ...] = (
    Flag("as", help="Username to impersonate for the operation."),
    Flag("as-group", kind=STRINGS, array=True, help="Group to impersonate for the operation; may be repeated."),
    Flag("as-uid", help="UID to impersonate for the operation."),
    Flag("as-user-extra", kind=STRINGS, array=True, help="User extras to impersonate, as key=value."),
    Flag("cache-dir", help="Default cache directory"),
    Flag("certificate-authority", help="Path to a cert file for the certificate authority"),
    Flag("client-certificate", help="Path to a client certificate file for TLS"),
    Flag("client-key", help="Path to a client key file for TLS"),
    Flag("cluster", help="The name of the kubeconfig cluster to use"),
    Flag("context", help="The name of the kubeconfig context to use"),
    Flag("disable-compression", kind=BOOL, default=False, help="If true, opt-out of response compression"),
    Flag("insecure-skip-tls-verify", kind=BOOL, default=False, help="If true, the server's certificate is not checked"),
    Flag("kubeconfig", help="Path to the kubeconfig file to use for CLI requests."),
    Flag("kuberc", help="Path to the kuberc file to use for preferences; not part of this version, 'off' is accepted."),
    Flag("log-flush-frequency", kind=DURATION, default=5.0, help="Nothing is logged that would have to be flushed."),
    Flag("match-server-version", kind=BOOL, default=False, help="Require server version to match client version"),
    Flag("namespace", "n", help="If present, the namespace scope for this CLI request"),
    Flag("password", help="Password for basic authentication to the API server"),
    Flag("profile", default="none", help="Name of profile to capture; only none is part of this version."),
    Flag("profile-output", default="profile.pprof", help="Name of the file to write the profile to"),
    Flag("request-timeout", default="0", help="How long to wait for a single request; 0 is for ever"),
    Flag("server", "s", help="The address and port of the Kubernetes API server"),
    Flag("tls-server-name", help="Server name to use for server certificate validation."),
    Flag("token", help="Bearer token for authentication to the API server"),
    Flag("user", help="The name of the kubeconfig user to use"),
    Flag("username", help="Username for basic authentication to the API server"),
    Flag("v", "v", kind=LEVEL, default=0, help="number for the log level verbosity"),
    Flag("vmodule", help="Log levels by file; nothing is logged."),
    Flag("warnings-as-errors", kind=BOOL, default=False, help="Treat warnings from the server as errors"),
)
