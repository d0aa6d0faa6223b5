"""A mesh with the example records, whose documents are tried."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.generated.files import PROJECT
from deploy.provisioning.demo_accounts import load_demo_passwords
from deploy.state.state_dir import StateDir
from tests.examples.shown import Document
from tests.examples.tour import SERVICES, Tour
from tests.system.mesh import RunningMesh, running_mesh

# As many as a newcomer needs not: the example records are entered besides.
RECORDS = "8"


@contextmanager
def touring(folder: Path) -> Iterator[Tour]:
    """Run a mesh of the default bureaus, seed it, and be ready to send the requests of the committed document.

    It is the one that the mesh serves, which makes it in seconds: `make check` compares them.
    """
    with running_mesh(folder / "var", I247_WEBHOOK_PRIVATE_TARGETS="true") as mesh:
        seeded = mesh.i247("seed", "--records", RECORDS)
        assert seeded.returncode == 0, seeded.stderr
        with httpx.Client(base_url=mesh.base, timeout=60) as client:
            yield tour_of(mesh, client)


def tour_of(mesh: RunningMesh, client: httpx.Client) -> Tour:
    """Return a tour of a mesh whose first audited requests are those of an auditor's bureau."""
    document = json.loads((PROJECT / "docs" / "openapi.json").read_text())
    tokens = dict[tuple[str, Any], str]()

    def token(bureau: str, role: Any) -> str:
        if (bureau, role) not in tokens:
            tokens[bureau, role] = mesh.token(bureau, role)
        return tokens[bureau, role]

    passwords = load_demo_passwords(StateDir(Path(mesh.environment["I247_HOME"])))
    tour = Tour(client, Document(document), token, passwords.get("fr.officer", ""))
    for service in SERVICES:
        tour.answer(f"GET /api/{service}").raise_for_status()
    return tour
