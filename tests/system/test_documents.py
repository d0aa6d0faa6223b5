"""The commands and programs in the documents are run as written, against a mesh such as a reader has."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import blocks, lay_out, name_of, pages
from tests.system.mesh import RunningMesh, running_mesh

# Some commands wait for an action of another bureau.
PAGE_SECONDS = 120
RUN = ("bash", "console", "python")

EXPECTED_OUTPUT = {
    "README.md": ("i247-signature",),
    "docs/tutorials/first-request.md": (
        '"match": "plate"',
        '"access_token"',
        "signed by stolen-vehicles for PL",
    ),
    "docs/how-to/notices.md": ("second-officer-needed", "two jewellers", "withdrawn"),
    "docs/how-to/messages.md": ("all checks passed",),
    "docs/how-to/photographs.md": ("diffused",),
    "docs/how-to/border-checks.md": (
        "HIT: stolen passport of IT, and 1 more",
        "INCOMPLETE: nothing was found so far; notices could not be reached",
        "'part': 'the number'",
        "none fits as it is, 1 record to compare",
        "HIT: stolen vehicle of IT; travel-documents was not asked, as the zone cannot be read at line 1, column 3",
        "\nunreadable\n",
        "line 1, column 3: no issuer of documents",
        "notices did not answer in time",
        "GET /api/missing-persons/search was answered 200",
        "no-hit",
        '"origin":"IPSG.NOMTD","code":1',
        '"code":0,"status":"NO_ERROR","item_id":"IPSG:',
    ),
    "docs/how-to/hits.md": ("confirmed",),
    "docs/how-to/check-a-list.md": (",lane 1,hit,,1,", ",lane 2,none,,0,", ",lane 3,hit,,1,", "gate 7,hit"),
    "docs/how-to/enter-a-list.md": (
        "3 present",
        "1 updated, 1 ended",
        "0 of --confirm, so nothing was changed",
        "present",
    ),
    "docs/how-to/audit.md": ("Poland listed vehicles for border management: found 1", "signed all of it"),
    "docs/how-to/explain.md": (
        "too few known signs",
        "gateway, token",
        "GET /api/missing-persons/search was answered 200",
        "part 1, ",
        "found B-WY 2611 of DE",
        "delivery to DE: delivered",
    ),
    "docs/how-to/withdrawals.md": ('"applied":{',),
    "docs/how-to/persons.md": ('"stated_by":"DE"',),
    "docs/how-to/counterparts.md": ('"did":"confirmed"',),
    "docs/how-to/standing.md": ("bureau-restricted",),
    "docs/how-to/subject-requests.md": ("carried-out",),
    "docs/how-to/sandbox.md": (
        "not-audited",
        '"fired":1',
        "over",
        "before-my-test",
        "the mesh is what it was at its first start",
    ),
}
"""What some pages must print: success of a command does not show that it does what the page states."""


def script_of(page: Path) -> str:
    """Return the commands and programs of a page as one script, in which they share variables as in a shell."""
    parts = [block for block in blocks(page) if block.kind in RUN and not block.marker and not block.title]
    return "\n".join(
        f".venv/bin/python - <<'PROGRAM'\n{block.text}PROGRAM" if block.kind == "python" else block.text
        for block in parts
    )


RUNNABLE = [page for page in pages() if script_of(page)]
# What a reader runs first; the other pages are run by a thorough run.
FIRST = {"README.md", "docs/tutorials/first-request.md"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningMesh, Path]]:
    """Run a mesh, and return it with a folder that has the files of the project that commands need."""
    folder = lay_out(tmp_path_factory.mktemp("documents"))
    with running_mesh(folder / "var", "--sandbox") as mesh:
        yield mesh, folder


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[] if name_of(page) in FIRST else pytest.mark.thorough) for page in RUNNABLE],
    ids=name_of,
)
def test_the_commands_of_a_page_succeed_as_written(page: Path, reader: tuple[RunningMesh, Path]) -> None:
    """In their order, with the port and the state directory from the environment."""
    mesh, folder = reader
    command = ["bash", "-c", f"set -euo pipefail\n{script_of(page)}"]
    done = subprocess.run(
        command, env=mesh.environment, cwd=folder, text=True, capture_output=True, timeout=PAGE_SECONDS
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for expected in EXPECTED_OUTPUT.get(name_of(page), ()):
        assert expected in done.stdout
