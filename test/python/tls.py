"""A certificate authority as a company has one, systems that trust it, and fake servers whose certificate it signed."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from http.server import ThreadingHTTPServer
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ollama import Ollama
from providers import Providers

DEBIAN = "mount --bind $STORE /etc/ssl/certs/ca-certificates.crt"
"""This machine's own place, with the certificates of `STORE` in it."""

NOWHERE = """
mount -t tmpfs none /mnt && cp -a /etc/. /mnt 2>/dev/null; rm -rf /mnt/ssl /mnt/pki && mount --bind /mnt /etc
test ! -d /usr/lib/ssl || mount -t tmpfs none /usr/lib/ssl
"""
"""A system without certificates, and without the folder in which OpenSSL, as it was built, looks for them."""

FEDORA = f"{NOWHERE} mkdir -p /etc/pki/tls && cp $STORE /etc/pki/tls/cert.pem"


class Authority:
    """Writes its own certificate, `ca.pem`, into the folder, and one it has signed for this machine."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("A company's certificate authority")
        authority = self._sign(self._name, self._key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))

        key = ec.generate_private_key(ec.SECP256R1())
        loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        names = x509.SubjectAlternativeName([loopback, x509.DNSName("localhost")])
        certificate = self._sign(_name("localhost"), key.public_key(), names)
        chain = folder / "server.pem"
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)

    def system_store(self) -> Path:
        """Write the certificates of a system to which the company has added its own; return the file."""
        file = self.file.with_name("store.pem")
        file.write_bytes(Path(certifi.where()).read_bytes() + self.file.read_bytes())
        return file

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, more: x509.ExtensionType) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(more, critical=True)
            .sign(self._key, hashes.SHA256())
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _listen(server: ThreadingHTTPServer, authority: Authority) -> None:
    # Not in `accept`, which a client that hangs would hold up for all others.
    server.socket = authority.context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


class SecureOllama(Ollama):
    """Speaks HTTPS, with the certificate of an authority."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()
        _listen(self._server, authority)

    @property
    def address(self) -> str:
        return super().address.replace("http:", "https:")


class SecureProviders(Providers):
    """Speak HTTPS, with the certificate of an authority."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()
        _listen(self._server, authority)

    @property
    def env(self) -> dict[str, str | None]:
        return {name: value and value.replace("http:", "https:") for name, value in super().env.items()}
