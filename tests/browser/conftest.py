"""A browser, and a mesh whose pages it shows, both for all tests of this folder.

The driver of the browser leaves an event loop running in this thread, in which no test of another folder could run its
own: so it ends with the folder.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser import scenes
from tests.browser.chromium import started
from tests.browser.officers import Officers, Sessions
from tests.system.mesh import RunningMesh, running_mesh

DOCUMENT_SECONDS = 180


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start a browser."""
    with started() as browser:
        yield browser


@pytest.fixture(scope="package")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a sandbox of two bureaus, in a process of low priority."""
    with running_mesh(tmp_path_factory.mktemp("browser") / "var", "--sandbox", "--bureaus", "FR,DE") as running:
        yield running


@pytest.fixture(scope="package")
def documented(mesh: RunningMesh) -> RunningMesh:
    """Return the mesh when it has made its document."""
    httpx.get(f"{mesh.base}/openapi.json", timeout=DOCUMENT_SECONDS).raise_for_status()
    return mesh


@pytest.fixture(scope="package")
def played(mesh: RunningMesh) -> RunningMesh:
    """Return the mesh when there is something on each page of the console."""
    scenes.play(mesh)
    return mesh


@pytest.fixture(scope="package")
def sessions() -> Sessions:
    """Return the sessions that officers have begun, by their bureau and role."""
    return {}


@pytest.fixture
def officers(browser: Browser, mesh: RunningMesh, sessions: Sessions) -> Iterator[Officers]:
    """Return officers in front of the browser; what they open is closed after the test."""
    with ExitStack() as stack:
        yield Officers(browser, mesh, sessions, stack)
