"""A browser, and a mesh whose pages it shows. A browser that cannot start is a failure, never a skip."""

import fcntl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.interop.node import Node, packages_of
from tests.system.mesh import RunningMesh, running_mesh

SOURCES = Path(__file__).parent
UNPACK_SECONDS = 180
DOCUMENT_SECONDS = 180
# What the package looks for: on such a machine it brings the libraries of Chromium, too, and a font.
BRINGS_LIBRARIES = {"AWS_LAMBDA_JS_RUNTIME": "nodejs24.x"}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Return Node.js with a browser, for the programs of this folder. Chromium is unpacked once, beside its package."""
    unpacked = packages_of(SOURCES).parent / "unpacked"
    unpacked.mkdir(exist_ok=True)
    node = Node(tmp_path_factory.mktemp("browser"), SOURCES, TMPDIR=str(unpacked), **BRINGS_LIBRARIES)
    with (unpacked.parent / "unpacking").open("w") as lock:
        # Another process of the test run may unpack it at the moment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        node.run("unpack.mjs", seconds=UNPACK_SECONDS)
    return node


@pytest.fixture(scope="package")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a sandbox of two bureaus that has made its document, in a process of low priority."""
    with running_mesh(tmp_path_factory.mktemp("browser") / "var", "--sandbox", "--bureaus", "FR,DE") as running:
        httpx.get(f"{running.base}/openapi.json", timeout=DOCUMENT_SECONDS).raise_for_status()
        yield running
