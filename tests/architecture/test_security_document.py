"""docs/explanation/security.md has no row without a test: each row of each table names files that contain tests.

It has no prose about an actor outside its tables. Does NOT check whether a test shows what the row states.
"""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from deploy.broker.nkeys import issuer_nkey
from deploy.broker.permissions import MAX_SUBSCRIPTIONS_OF_BUREAU, REPLY_LIMITS
from deploy.cli import main
from deploy.state.state_dir import StateDir
from gateway.messages.events import STREAMS_OF_AN_OFFICER
from gateway.monitoring.broker import FURNISH_EVERY_SECONDS
from gateway.witness.patrol import BLOCK
from gateway.witness.worker import PATROL_EVERY_SECONDS
from shared.audit.format.commitment import MIN_DEPTH, MIN_WIDTH
from shared.mailbox.posting import MAX_WAITING
from shared.mailbox.quotas import Quotas
from shared.rpc.replay import MAX_OF_ONE_SENDER, MAX_REMEMBERED
from shared.transport import DEFAULT_QUOTAS
from tests.broker import free_port

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / "docs/explanation/security.md").read_text()
# Definitions; the sections of the actors contain the rest.
DEFINES = "| attacker | holds |"
THOROUGH = "pytest.mark.thorough"
ON_A_MESH = {"tests/system/test_tokens.py", "tests/tls/test_without_relay.py", "tests/attacks/test_floods.py"}
NAMED = re.compile(r"`(tests/[^`]*)`")


def tables() -> Iterator[list[list[str]]]:
    """Yield each table as its rows, the first of which is the head, except the table that defines the attackers."""
    for block in TEXT.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        if lines and lines[0] != DEFINES:
            yield [line.strip("|").split(" | ") for line in lines if not re.fullmatch(r"[|-]+", line)]


def rows() -> list[tuple[str, str]]:
    """Return the first cell of each row, and the cell that names its tests."""
    return [(row[0].strip(), row[-1]) for head, *table in tables() for row in table]


def section(title: str) -> str:
    """Return the text under a title."""
    [found] = re.findall(rf"^### {re.escape(title)}\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return str(found)


def attackers() -> list[str]:
    """Return the titles of the sections about actors."""
    return re.findall(r"^### (.*)$", TEXT, re.MULTILINE)


def named_tests(place: str) -> Iterator[bool]:
    """Yield for each test function of a file, or of the files in a folder, whether `make test` leaves it out."""
    path = PROJECT / place
    for file in path.rglob("test_*.py") if path.is_dir() else [path]:
        source = file.read_text() if file.exists() else ""
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                marks = {ast.unparse(decorator) for decorator in node.decorator_list}
                yield f"pytestmark = {THOROUGH}" in source or THOROUGH in marks


def test_all_tables_of_the_document_are_parsed() -> None:
    """The last column of each table names the tests."""
    heads = {tuple(cell.strip() for cell in head) for head, *_ in tables()}
    assert {head[-1] for head in heads} == {"test"}
    assert len(rows()) > 100


@pytest.mark.parametrize(("says", "tested"), rows())
def test_each_row_names_existing_tests(says: str, tested: str) -> None:
    """Also a row about an undetected attack: its test shows that the attack is not detected."""
    named = NAMED.findall(tested)
    assert named, says
    assert [place for place in named if not list(named_tests(place))] == []
    # The column contains nothing else.
    assert re.sub(r"`[^`]*`", "", tested).strip(" ,|") == ""


@pytest.mark.parametrize(("says", "tested"), rows())
def test_each_row_names_a_file_with_tests_of_the_fast_run(says: str, tested: str) -> None:
    """So that `make test` notices when a promise is broken; what needs a mesh of its own is noticed by CI."""
    named = NAMED.findall(tested)
    is_left_out = all(is_thorough for place in named for is_thorough in named_tests(place))
    assert not is_left_out or set(named) <= ON_A_MESH, says


def test_no_row_names_a_test_twice() -> None:
    assert [says for says, tested in rows() if len(set(NAMED.findall(tested))) != len(NAMED.findall(tested))] == []


def test_each_attacker_has_a_section_and_each_section_an_attacker() -> None:
    """The sections are in the order of the list."""
    listed = TEXT[TEXT.index(DEFINES) :].split("\n\n")[0].splitlines()[2:]
    names = [line.split("|")[1].strip() for line in listed]
    assert [title.lower() for title in attackers()] == [name.lower() for name in names]


def test_the_figures_of_the_document_match_the_code() -> None:
    """Limits that protect others, and how many senders it takes to fill what is limited by sender."""
    quotas, mailbox, mebibyte = DEFAULT_QUOTAS, Quotas(), 1024 * 1024
    of_broker = f"{quotas.messages_per_second:,} messages and {quotas.bytes_per_second // mebibyte} MiB a second"
    fill_ids = -(-MAX_REMEMBERED // MAX_OF_ONE_SENDER)
    fill_mailbox = mailbox.shared.bytes // mailbox.per_sender.bytes
    figures = (
        of_broker,
        f"{MAX_WAITING} receipts for one sender",
        f"{BLOCK} leaves each {spelled(PATROL_EVERY_SECONDS)} seconds",
        f"more than {2**MIN_DEPTH} records",
        f"more than {MIN_WIDTH} of which it owns several",
        f"within {spelled(FURNISH_EVERY_SECONDS)} seconds",
        f"more than {spelled(STREAMS_OF_AN_OFFICER)} in one process",
        f"{spelled(MAX_SUBSCRIPTIONS_OF_BUREAU)} subscriptions for each connection",
        f"{fill_ids} fill the replay guard of a service",
        f"{fill_mailbox} the space for bureaus in a mailbox",
        f"{quotas.store_bytes // quotas.post_bytes} the post on the broker",
    )
    assert REPLY_LIMITS["expires"] == "2m"
    assert [figure for figure in (*figures, "within two minutes") if figure not in TEXT] == []


def spelled(number: float) -> str:
    """Return a small number as a word."""
    return {5: "five", 8: "eight", 16: "sixteen"}[int(number)]


@pytest.mark.parametrize("actor", attackers())
def test_each_actor_has_tables_of_what_it_cannot_and_can_do(actor: str) -> None:
    """There are tables alone: a sentence beside them would name no test."""
    blocks = section(actor).strip().split("\n\n")
    if actor == "Thief":
        heads = ["| file | what it gives, and what shows that | test |"]
        blocks = blocks[1:]
    else:
        heads = ["| cannot | because | test |", "| can | what shows it | test |"]
    assert [block.splitlines()[0] for block in blocks] == heads


def test_every_secret_file_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files that `provision` and the first start of a gateway make under `secrets`."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("I247_NATS_PORT", str(free_port()))
    home = StateDir(tmp_path / "home")
    assert main(["provision"]) == 0
    assert main(["token", "FR"]) == 0
    issuer_nkey(home)
    patterns = re.findall(
        r"`([^`]*)`", " ".join(row[0] for head, *table in tables() if "file" in head[0] for row in table)
    )
    made = [str(file.relative_to(home.path)) for file in home.secrets.rglob("*") if file.is_file()]
    assert {"secrets/root.pem", "secrets/token.pem", "secrets/sessions.json"} <= {*made}
    assert [file for file in made if not any(fnmatch(file, pattern) for pattern in patterns)] == []
