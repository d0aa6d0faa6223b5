"""The commands and programs in the documents are run as written, against a mesh such as a reader has."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.documents import Block, blocks, lay_out, name_of, pages
from tests.system.mesh import RunningMesh, running_mesh

# Some commands wait for an action of another bureau.
PAGE_SECONDS = 240
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
        "INCOMPLETE: nothing was found so far; notices could not be reached",
        '"part": "the number"',
        "none fits as it is, 1 record to compare",
        "HIT: stolen vehicle of IT; travel-documents was not asked, as the zone cannot be read at line 1, column 3",
        "\nunreadable\n",
        "line 1, column 3: no issuer of documents",
        "notices did not answer in time",
        "GET /api/missing-persons/search was answered 200",
        "no-hit",
        '"item_id": "IPSG:',
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
    "docs/how-to/withdrawals.md": ('"PL"',),
    "docs/how-to/persons.md": ('"stated_by": "DE"',),
    "docs/how-to/counterparts.md": ('"did": "confirmed"',),
    "docs/how-to/standing.md": ("bureau-restricted",),
    "docs/how-to/subject-requests.md": ("carried-out",),
    "docs/how-to/sandbox.md": (
        "not-audited",
        '"fired": 1',
        "over",
        "before-my-test",
        "the mesh is what it was at its first start",
    ),
}
"""What some pages must print: success of a command does not show that it does what the page states."""


MAX_LINE: Final = 100
"""What a reader can read of an answer on one line."""

END_OF_BLOCK: Final = "-- the end of a block of the page --"


def is_run(block: Block) -> bool:
    """Return whether a block of a page is run by this test."""
    return block.kind in RUN and not block.marker and not block.title


def script_of(page: Path) -> str:
    """Return the commands and programs of a page as one script, in which they share variables as in a shell."""
    return f"\necho; echo '{END_OF_BLOCK}'\n".join(
        f".venv/bin/python - <<'PROGRAM'\n{block.text}PROGRAM" if block.kind == "python" else block.text
        for block in blocks(page)
        if is_run(block)
    )


def shown_answers(page: Path) -> Iterator[tuple[int, Any]]:
    """Yield each answer that a page shows, with the number of the run block before it."""
    number = -1
    for block in blocks(page):
        number += is_run(block)
        if number >= 0 and block.kind == "json" and not block.title:
            yield number, json.loads(block.text)


def answers_in(output: str) -> Iterator[Any]:
    """Yield each JSON object or array that begins a line of an output."""
    begin = re.compile(r"^[\[{]", re.MULTILINE)
    found = begin.search(output)
    while found:
        try:
            answer, end = json.JSONDecoder().raw_decode(output, found.start())
        except ValueError:
            end = found.end()
        else:
            yield answer
        found = begin.search(output, end)


def shows(shown: Any, answer: Any) -> bool:
    """Return whether a page shows an answer: "..." stands for any value, for further members and further items."""
    if shown == "...":
        return True
    if isinstance(shown, dict) and isinstance(answer, dict):
        named = shown.keys() - {"..."}
        return (
            named <= answer.keys()
            and ("..." in shown or named == answer.keys())
            and all(shows(shown[name], answer[name]) for name in named)
        )
    if isinstance(shown, list) and isinstance(answer, list):
        begins = shown[-1:] == ["..."]
        first = shown[:-1] if begins else shown
        fits = len(first) <= len(answer) if begins else len(first) == len(answer)
        return fits and all(shows(*both) for both in zip(first, answer, strict=False))
    return bool(shown == answer)


RUNNABLE = [page for page in pages() if script_of(page)]
# What a reader runs first; the other pages are run by a thorough run.
FIRST = {"README.md"}


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
    """In their order, with the port and the state directory from the environment.

    They print what the page shows, and no answer that is too long for a line.
    """
    mesh, folder = reader
    command = ["bash", "-c", f"set -euo pipefail\n{script_of(page)}"]
    done = subprocess.run(
        command, env=mesh.environment, cwd=folder, text=True, capture_output=True, timeout=PAGE_SECONDS
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    printed = done.stdout.split(END_OF_BLOCK)
    for number, shown in shown_answers(page):
        assert any(shows(shown, answer) for answer in answers_in(printed[number])), printed[number]
    assert [line for line in done.stdout.splitlines() if re.match(r"[\[{].", line) and len(line) > MAX_LINE] == []
    for expected in EXPECTED_OUTPUT.get(name_of(page), ()):
        assert expected in done.stdout
