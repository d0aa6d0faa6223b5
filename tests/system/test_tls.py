"""The mesh with mutual TLS between all processes and the broker."""

import os
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from shared.transport.tls_files import SERVER, TlsFiles
from tests.certificates import FOR_CLIENTS, FOR_SERVERS, HERE, Authority, named
from tests.system.mesh import PROJECT, run_i247, running_mesh
from tests.system.tls_settings import WHO_CONNECT, settings


@pytest.fixture
def certificates(tmp_path: Path) -> TlsFiles:
    """Make a certificate authority, and certificates of the broker and of each of its clients."""
    authority, folder = Authority(), tmp_path / "certificates"
    authority.write(folder, SERVER, HERE, usage=[FOR_SERVERS])
    for name in WHO_CONNECT:
        authority.write(folder, name, *named(name), usage=[FOR_CLIENTS])
    return TlsFiles(folder / "ca.pem", folder / "{participant}.pem", folder / "{participant}.key")


@pytest.mark.thorough
def test_all_processes_connect_to_the_broker_only_by_mutual_tls(tmp_path: Path, certificates: TlsFiles) -> None:
    """The mesh works as without TLS, and the broker does not answer connections without TLS."""
    with running_mesh(tmp_path / "var", "--bureaus", "FR", **settings(certificates)) as mesh:
        with mesh.client("FR") as france:
            assert france.get("/api/stolen-vehicles").json()["items"] == []
        rotated = mesh.i247("keys", "rotate", "FR")
        assert "announced to all who are connected" in rotated.stdout, rotated.stdout + rotated.stderr
        joined = mesh.i247("bureaus", "add", "ZA").stdout
        assert "it is not known whether the broker admits ZA" in joined
        assert "ZA.pem cannot be read as a PEM certificate" in joined
        without = {name: value for name, value in mesh.environment.items() if name not in settings(certificates)}
        unable = run_i247("keys", "rotate", "FR", environment=without)
        assert unable.returncode != 0
        assert "needs I247_NATS_CA, the authority" in unable.stderr, unable.stdout + unable.stderr
        revoked = mesh.i247("keys", "revoke", "FR")
        assert "the broker has closed the connections of FR" in revoked.stdout, revoked.stdout + revoked.stderr
        port = int(mesh.environment["I247_NATS_PORT"])
        assert _greeting_in_the_clear(port) == b""
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
            _speak_without_certificate(port, certificates.ca)


@pytest.mark.thorough
def test_a_tls_error_is_reported_in_one_sentence(tmp_path: Path, certificates: TlsFiles) -> None:
    """With the name of the setting, or what the broker presents."""
    home = {"I247_HOME": str(tmp_path / "var"), "PYTHONPATH": str(PROJECT)}
    run_i247("provision", "--bureaus", "FR", environment=os.environ | home).check_returncode()
    with socket.create_server(("127.0.0.1", 0)) as plain:
        url = f"tls://127.0.0.1:{plain.getsockname()[1]}"
        environment = os.environ | home | settings(certificates) | {"I247_NATS_URL": url}

        def refusal(**changed: str) -> str:
            ended = run_i247("up", "--service", "notices", environment=environment | changed, seconds=60)
            assert ended.returncode != 0
            [sentence] = ended.stderr.splitlines()[-1:]
            return sentence

        in_clear = url.replace("tls", "nats")
        assert f"I247_NATS_URL: {in_clear} is refused" in refusal(I247_NATS_URL=in_clear)
        of_another = str(certificates.of("FR").certificate)
        assert "notices needs one with the DNS name notices.i247" in refusal(I247_NATS_CERTIFICATE=of_another)
        mixed = str(certificates.of("FR").key)
        assert "to PEM files that belong together" in refusal(I247_NATS_KEY=mixed)
        threading.Thread(target=_greet, args=(plain,), daemon=True).start()
        assert "as notices: it does not begin with TLS" in refusal()


def _greet(listener: socket.socket) -> None:
    # The first callers only look whether a broker answers. The listener is closed at the end.
    with suppress(OSError):
        while True:
            caller, _ = listener.accept()
            with caller, suppress(OSError):
                caller.sendall(b'INFO {"tls_required":false}\r\n')
                caller.recv(4096)


def _greeting_in_the_clear(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall(b"CONNECT {}\r\nPING\r\n")
        return plain.recv(4096)


def _speak_without_certificate(port: int, authority: Path) -> None:
    context = ssl.create_default_context(cafile=authority)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        line.recv(4096)
