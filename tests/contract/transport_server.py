"""A small HTTPS server in a thread whose answers the transport suite needs; every connection is one thread."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class Authority:
    """Issues certificates; ``pem`` is its own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test-ca")])
        certificate = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.pem = certificate.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def issue(self, name: str, addresses: list[str]) -> tuple[bytes, bytes]:
        """Certificate and key for a name and IP addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )


class TestServer:
    """Serves ``/echo``, ``/chunked``, ``/stream`` (until closed), ``/drop`` (closes a kept connection) ..."""

    __test__ = False

    def __init__(self, authority: Authority, directory: Path, addresses: list[str]) -> None:
        certificate, key = authority.issue("server.test", addresses)
        (directory / "server.pem").write_bytes(certificate + key)
        (directory / "ca.pem").write_bytes(authority.pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(directory / "server.pem")
        self._context.load_verify_locations(directory / "ca.pem")
        self._context.verify_mode = ssl.CERT_OPTIONAL
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.stream_closed = threading.Event()
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._accepter = threading.Thread(target=self._accept, name="test-server")
        self._accepter.start()

    def stop(self) -> None:
        """Close everything and wait for the threads."""
        self._stopping.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._accepter.join()
        self._listener.close()
        for sock in [*self._open]:
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._stopping.is_set():
                sock.close()
                return
            thread = threading.Thread(target=self._serve, args=(sock,), name="test-server-connection")
            self._threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            raw.settimeout(10)
            sock = self._context.wrap_socket(raw, server_side=True)
        except OSError:
            raw.close()
            return
        self.connections += 1
        self._open.add(sock)
        try:
            with sock, sock.makefile("rb") as reader:
                while self._exchange(sock, reader):
                    pass
        except (OSError, ValueError):
            return
        finally:
            self._open.discard(sock)

    def _exchange(self, sock: ssl.SSLSocket, reader: object) -> bool:
        readline = reader.readline  # type: ignore[attr-defined]
        line = readline().decode()
        if not line:
            return False
        method, target, _ = line.split(" ", 2)
        headers: dict[str, list[str]] = {}
        while (header := readline().decode().strip()) != "":
            name, _, value = header.partition(": ")
            headers.setdefault(name.lower(), []).append(value)
        size = int(headers.get("content-length", ["0"])[0])
        body = reader.read(size) if size else b""  # type: ignore[attr-defined]
        path = target.partition("?")[0].strip("/").replace("-", "_")
        answer: bool = getattr(self, f"_do_{path}")(sock, method, target, headers, body)
        return answer

    def _do_echo(self, sock: ssl.SSLSocket, method: str, target: str, headers: object, body: bytes) -> bool:
        peer = sock.getpeercert() or {}
        subject = dict(item[0] for item in peer.get("subject", ()))  # type: ignore[misc]
        answer = {"method": method, "target": target, "headers": headers, "body": body.decode(), "peer": subject}
        data = b"" if method == "HEAD" else json.dumps(answer).encode()
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-A: 1\r\nX-A: 2\r\n\r\n" % len(data) + data)
        return True

    def _do_chunked(self, sock: ssl.SSLSocket, *_: object) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b"one\ntw", b"o\nthree"):
            sock.sendall(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece))
        sock.sendall(b"0\r\nTrailer: x\r\n\r\n")
        return True

    def _do_until_close(self, sock: ssl.SSLSocket, *_: object) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it")
        return False

    def _do_cut(self, sock: ssl.SSLSocket, *_: object) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return False

    def _do_drop(self, sock: ssl.SSLSocket, *_: object) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        return False

    def _do_stream(self, sock: ssl.SSLSocket, *_: object) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n")
        with contextlib.suppress(OSError):
            sock.recv(1)
        self.stream_closed.set()
        return False

    def _do_slow(self, sock: ssl.SSLSocket, *_: object) -> bool:
        with contextlib.suppress(OSError):
            sock.recv(1)  # until the client gives up
        return False

    def _do_not_found(self, sock: ssl.SSLSocket, *_: object) -> bool:
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone")
        return True
