"""The documents match the code: generated parts are current, each name has its entry, and all they name exists."""

import re
from collections import Counter
from pathlib import Path

import pytest

from deploy.commands import command_line
from deploy.generated.command_tables import commands_reference
from deploy.generated.files import derived_files, outdated
from deploy.state.settings import Settings
from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.errors import REFUSALS
from shared.identity import COMMON_SCOPES, PURPOSE_SCOPES
from shared.rpc.bridge import CARRIED_HEADERS
from tests.documents import (
    DECISIONS,
    DOCS,
    PROJECT,
    anchors,
    blocks,
    code_spans,
    headings,
    links,
    name_of,
    pages,
    prose,
)

PAGES = pages()
ROOTS = ("services", "gateway", "shared", "deploy", "tests", "docs")
# Only for containers; generated with the compose file.
CONTAINER_PREFIX = "I247_DB_"
HOW_TO = [page for page in PAGES if page.parent == DOCS / "how-to"]
# What these pages share, so that nobody has to learn it anew on each.
HELPERS = ("get", "post", "refused", "show", "json", "wait_more")
HELPER = re.compile(r"^(\w+)(\(\) \{ .*?\}(?:  # [^\n]*)?)$", re.DOTALL | re.MULTILINE)
MAX_COMMAND = 100
STARTED = ("`make run`", "i247 up", "(sandbox.md)", "(../tutorials/first-request.md)")
NARROW = [
    DOCS / "how-to" / f"{name}.md"
    for name in (
        "border-checks",
        "field-packs",
        "firearms",
        "hits",
        "pictures",
        "public-works",
        "traces",
        "travel-documents",
        "vehicles",
        "works-of-art",
    )
]


def commands_of(page: Path) -> str:
    """Return the commands of a page."""
    return "\n".join(block.text for block in blocks(page) if block.kind in ("bash", "console"))


def reference(name: str) -> str:
    """Return a page of the reference."""
    return (DOCS / "reference" / name).read_text()


@pytest.mark.thorough
def test_generated_documents_match_the_code() -> None:
    """The tables of the documents, the OpenAPI document and the compose file are generated from it."""
    assert outdated(derived_files(SERVICES, command_line())) == []


def test_every_setting_has_a_row_in_the_reference() -> None:
    text = reference("settings.md")
    assert [name for name in Settings.model_fields if f"| `I247_{name.upper()}` |" not in text] == []


def test_every_command_has_a_heading_in_the_reference() -> None:
    commands = re.findall(r"^## (.*)$", commands_reference(command_line()), re.MULTILINE)
    assert len(commands) > 25
    assert [command for command in commands if command not in headings(DOCS / "reference" / "cli.md")] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_named_on_a_page_exists_with_its_options(page: Path) -> None:
    """Also commands that no test runs, as those for several machines; a command may be named without its arguments."""
    text = reference("cli.md")
    commands = [name.strip("`") for name in headings(DOCS / "reference" / "cli.md") if name.startswith("`")]
    code = [*code_spans(page), *(line for block in blocks(page) for line in block.text.splitlines())]
    named = [found for each in code for found in re.findall(r"(?:^|[ /(])(i247 [a-z][^|;)&#`]*)", each)]
    assert [each for each in named if not _names_command(each, commands)] == []
    assert [each for each in named for option in re.findall(r" (--[a-z-]+)", each) if f"`{option}`" not in text] == []


def _names_command(code: str, commands: list[str]) -> bool:
    """Return whether code begins with a command, or with the first word of one and nothing else in small letters."""
    words = [*re.findall(r"^i247 ([a-z-]+)(?: ([a-z-]+)\b)?", code)[0], ""]
    if f"i247 {words[0]}" in commands:
        return True
    return any(each.startswith(f"i247 {words[0]} {words[1]}".strip()) for each in commands)


def test_every_problem_code_has_a_row_in_the_reference() -> None:
    text = reference("problems.md")
    assert [code for code in REFUSALS if f"| `{code}` |" not in text] == []


def test_every_scope_has_a_row_in_the_reference() -> None:
    """Scopes that belong to no service are included."""
    text = reference("scopes.md")
    scopes = [scope for service in (*SERVICES, *LOCAL_SERVICES) for scope in service.scopes]
    assert [
        scope for scope in (*scopes, *COMMON_SCOPES, *PURPOSE_SCOPES.values()) if f"| `{scope}` |" not in text
    ] == []


@pytest.mark.thorough
def test_every_code_name_in_the_glossary_exists_in_the_source() -> None:
    """A name that changes in the code must change in the glossary too."""
    source = "\n".join(file.read_text() for root in ROOTS[:4] for file in (PROJECT / root).rglob("*.py"))
    files = {file.stem for root in ROOTS[:4] for file in (PROJECT / root).rglob("*.py")}
    cells = re.findall(r"^\| [^|]* \| [^|]* \| (`[^|]+`) \|", reference("glossary.md"), re.MULTILINE)
    words = [word for cell in cells for word in re.findall("`([^`]+)`", cell)]
    assert len(words) > 150
    known = {*files, *re.findall(r"\w+", source)}
    assert [word for word in words if word not in known and not re.search(rf"\b{re.escape(word)}\b", source)] == []


def test_the_glossary_has_each_term_once() -> None:
    """One word for one thing."""
    terms = Counter(re.findall(r"^\| ([^|]*) \|", reference("glossary.md"), re.MULTILINE))
    assert [term for term, times in terms.items() if times > 1 and term not in {"word", "---"}] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_resolves(page: Path) -> None:
    """Anchors of headings are checked too."""
    broken = [
        target for target, file, anchor in links(page) if not file.exists() or (anchor and anchor not in anchors(file))
    ]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_named_on_a_page_exists(page: Path) -> None:
    """Names with placeholders and files that Git ignores are skipped."""
    named = [span for span in code_spans(page) if re.fullmatch(rf"(?:{'|'.join(ROOTS)})/[\w./-]*", span)]
    assert [name for name in named if not (PROJECT / name).exists() and "/." not in name] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_named_on_a_page_exists(page: Path) -> None:
    """A misspelt name fails as well."""
    settings = {f"I247_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"\bI247_[A-Z0-9_]*[A-Z0-9]\b", page.read_text()))
    stems = {name for name in named if any(setting.startswith(f"{name}_") for setting in settings)}
    assert [name for name in named - settings - stems if not name.startswith(CONTAINER_PREFIX)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_row_of_a_table_is_on_one_line(page: Path) -> None:
    """A line break, as from a derived description, ends the table."""
    rows = [line for line in prose(page).splitlines() if line.startswith("|")]
    assert [row for row in rows if not row.endswith("|")] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_waits_for_nothing_without_an_end(page: Path) -> None:
    """Each loop of its commands gives up after a while, and says so."""
    code = commands_of(page)
    loops = re.findall(r"^(?:until|while)\b.*?\bdone\b", code, re.DOTALL | re.MULTILINE)
    assert [loop for loop in loops if not loop.endswith("do wait_more || break; done")] == []
    assert not loops or code.index("wait_more() {") < code.index(loops[0])


def test_a_helper_is_the_same_on_all_pages_that_define_it() -> None:
    """A reader of one page knows those of the next; a page can be followed alone."""
    found: dict[str, set[str]] = {name: set() for name in HELPERS}
    for page in HOW_TO:
        for name, definition in HELPER.findall(commands_of(page)):
            found.get(name, set()).add(definition)
    assert {name: len(definitions) for name, definitions in found.items()} == dict.fromkeys(HELPERS, 1)


@pytest.mark.parametrize("page", HOW_TO, ids=name_of)
def test_a_page_that_needs_a_mesh_says_before_how_to_start_it(page: Path) -> None:
    """A newcomer may begin with any page."""
    needed = [block.text for block in blocks(page) if re.search(r"I247_PORT|i247 token", block.text)]
    before = page.read_text().partition(needed[0] if needed else "\n")[0]
    assert not needed or any(way in before for way in STARTED), "say what must run"


@pytest.mark.parametrize("page", NARROW, ids=name_of)
def test_a_line_of_a_program_fits_into_a_terminal(page: Path) -> None:
    assert [line for line in commands_of(page).splitlines() if len(line) > MAX_COMMAND] == []


def test_every_page_is_in_the_site_exactly_once() -> None:
    assert sorted(map(name_of, PAGES)) == sorted(set(map(name_of, PAGES)))
    assert [name_of(page) for page in DOCS.rglob("*.md") if page not in PAGES] == []


def test_every_block_marked_as_run_is_run_by_the_named_test() -> None:
    """The named test reads the page; a block with another marker gives a reason why it is not run."""
    for page in PAGES:
        for block in blocks(page):
            if block.marker == "run by":
                assert name_of(page).removeprefix("docs/") in (PROJECT / block.note).read_text()
            elif block.marker:
                assert len(block.note) > 10


@pytest.mark.parametrize("file", sorted(DECISIONS.glob("0*.md")), ids=lambda file: file.stem)
def test_a_decision_has_a_title_a_status_and_a_date(file: Path) -> None:
    """Its number is in the title and in the file name; the index is generated from them."""
    title, empty, status, *_ = file.read_text().splitlines()
    assert title.startswith(f"# {int(file.name[:4])}. ")
    assert empty == ""
    assert re.match(r"\*\*Status\*\*: (accepted|superseded|rejected)\. \*\*Date\*\*: \d{4}-\d\d-\d\d\.", status)


def test_the_carried_headers_are_exactly_those_of_decision_0001() -> None:
    [decision] = DECISIONS.glob("0001-*.md")
    [named] = re.findall(r"An answer carries (.*?) inside the signed head", decision.read_text(), re.DOTALL)
    assert tuple(re.findall("`(.*?)`", named)) == CARRIED_HEADERS
