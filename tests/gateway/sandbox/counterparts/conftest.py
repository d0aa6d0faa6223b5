"""One sandbox for all tests of counterparts, started with a file of scripts."""

import json
from collections.abc import Iterator

import pytest

from tests.gateway.sandbox.counterparts.integrator import Integrator
from tests.system.mesh import running_mesh

AT_START = {"DE": {"hits": {"do": "confirm"}}, "IT": {"messages": {"do": "answer"}}}


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Integrator]:
    """Run a sandbox whose bureaus DE and IT act by the scripts of a file."""
    folder = tmp_path_factory.mktemp("counterparts")
    scripts = folder / "scripts.json"
    scripts.write_text(json.dumps(AT_START))
    with (
        running_mesh(
            folder / "var", "--bureaus", "FR,DE,IT", "--counterparts", str(scripts), I247_LOG_LEVEL="debug"
        ) as mesh,
        Integrator(mesh) as integrator,
    ):
        integrator.at_start = integrator.listed()
        yield integrator


@pytest.fixture
def me(sandbox: Integrator) -> Iterator[Integrator]:
    """Return an integrator of FR in a sandbox without counterparts."""
    sandbox.clear()
    yield sandbox
    sandbox.clear()
