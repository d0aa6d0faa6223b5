"""The mesh with mutual TLS between all parts and the broker."""

import socket
import ssl
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.certificates import Authority
from tests.system.mesh import running_mesh


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, str]:
    """Make an authority, and one certificate that serves and is shown by all parts on this host."""
    authority, key = Authority(), ec.generate_private_key(ec.SECP256R1())
    own = authority.vouch_for(key, "i247", x509.IPAddress(IPv4Address("127.0.0.1")))
    files = {"ca": authority.certificate.public_bytes(Encoding.PEM), "certificate": own.public_bytes(Encoding.PEM)}
    files["key"] = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, content in files.items():
        (tmp_path / f"{name}.pem").write_bytes(content)
    return {f"I247_NATS_{name.upper()}": str(tmp_path / f"{name}.pem") for name in files}


def test_all_parts_reach_the_broker_with_certificates_alone(
    tmp_path: Path, certificates: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With certificates set the mesh works as ever, and the broker's greeting demands a certificate of the caller."""
    for name, value in certificates.items():
        monkeypatch.setenv(name, value)
    with running_mesh(tmp_path / "var", "--bureaus", "FR") as mesh:
        with mesh.client("FR") as france:
            assert france.get("/api/stolen-vehicles").json() == {"items": [], "next": None}
        with pytest.raises(ssl.SSLError):
            _speak_without_certificate(int(mesh.environment["I247_NATS_PORT"]), certificates["I247_NATS_CA"])


def _speak_without_certificate(port: int, authority: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        greeting = plain.recv(4096)
        assert b'"tls_required":true' in greeting
        context = ssl.create_default_context(cafile=authority)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as line:
            line.sendall(b"CONNECT {}\r\nPING\r\n")
            assert line.recv(4096) == b"", "the broker spoke to someone without a certificate"
