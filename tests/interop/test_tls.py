"""A bureau written in another language connects by TLS with a certificate of its name."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.state.state_dir import StateDir
from shared.transport.tls_files import SERVER, TlsFiles
from tests.certificates import FOR_CLIENTS, FOR_SERVERS, HERE, Authority, named
from tests.interop.node import Node
from tests.system.mesh import PROJECT, RunningMesh, run_i247, running_mesh
from tests.system.tls_settings import WHO_CONNECT, settings


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    """Write certificates for the broker, for the participants of the mesh, and for JP."""
    authority, folder = Authority(), tmp_path / "certificates"
    authority.write(folder, SERVER, HERE, usage=[FOR_SERVERS])
    for name in (*WHO_CONNECT, "JP"):
        authority.write(folder, name, *named(name), usage=[FOR_CLIENTS])
    return TlsFiles(folder / "ca.pem", folder / "{participant}.pem", folder / "{participant}.key")


@pytest.fixture
def mesh(tmp_path: Path, files: TlsFiles) -> Iterator[RunningMesh]:
    """Run a mesh with TLS of which JP is a member, with a gateway that hosts FR only."""
    home = tmp_path / "var"
    environment = {**os.environ, "I247_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    run_i247("provision", "--bureaus", "FR,JP", environment=environment).check_returncode()
    with running_mesh(home, "--bureaus", "FR", **settings(files)) as running:
        yield running


@pytest.mark.thorough
def test_a_node_bureau_connects_only_with_its_own_certificate(
    mesh: RunningMesh, files: TlsFiles, node: Node, tmp_path: Path
) -> None:
    """With the certificate of FR the broker refuses it."""
    home = StateDir(Path(mesh.environment["I247_HOME"]))

    def bureau(certificate_of: str) -> Path:
        shown = files.of(certificate_of)
        own = {
            "code": "JP",
            "broker": f"tls://127.0.0.1:{mesh.environment['I247_NATS_PORT']}",
            "root": home.root_public_key.read_text().strip(),
            "signing_key": str(home.signing_key("JP")),
            "sealing_key": str(home.sealing_key("JP")),
            "nats_seed": str(home.nats_seed("JP")),
            "tls": {"ca": str(shown.ca), "certificate": str(shown.certificate), "key": str(shown.key)},
        }
        file = tmp_path / f"{certificate_of}.json"
        file.write_text(json.dumps(own))
        return file

    receipt = node.run("bureau.mjs", bureau("JP"), "send", "FR", "routine", "Subject", "Body")
    assert (receipt["from"], receipt["to"], receipt["state"]) == ("FR", "JP", "delivered")
    with pytest.raises(RuntimeError, match=r"(?i)authorization violation"):
        node.run("bureau.mjs", bureau("FR"), "hear")
