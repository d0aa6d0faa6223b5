"""The documents as tests read them: pages in the order of the site, with their code blocks, headings and links."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[1]
DOCS = PROJECT / "docs"
DECISIONS = DOCS / "decisions"
BLOCK = re.compile(
    r'^(?:<!-- (?P<marker>run by|not run:) (?P<note>.*?) -->\n)?```(?P<kind>\w+)(?: title="(?P<title>.*?)")?\n'
    r"(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """A code block: its kind, its file name, and the test that runs it if not the test of its page."""

    kind: str
    title: str
    marker: str
    note: str
    text: str


def pages() -> list[Path]:
    """Return all pages: those at the top of the project, those of the site in order, and the decisions."""
    listed = re.findall(r"^ +- (?:\w+: )?(\S+\.md)$", (PROJECT / "mkdocs.yml").read_text(), re.MULTILINE)
    top = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [*top, *(DOCS / name for name in listed), *sorted(DECISIONS.glob("0*.md"))]


def name_of(page: Path) -> str:
    """Return the path of a page in the project."""
    return str(page.relative_to(PROJECT))


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    found = BLOCK.finditer(page.read_text())
    return [Block(*(each[name] or "" for name in ("kind", "title", "marker", "note", "text"))) for each in found]


def block_run_by(test: str, page: str) -> str:
    """Return the only block of a page that names this test as the one that runs it."""
    [found] = [block.text for block in blocks(DOCS / page) if (block.marker, block.note) == ("run by", test)]
    return found


def lay_out(folder: Path) -> Path:
    """Create in a folder the parts of the project that documented commands need, and return the folder."""
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name, options in (("python", ""), ("i247", "-m deploy")):
        (commands / name).write_text(f'#!/bin/sh\nexec {sys.executable} {options} "$@"\n')
        (commands / name).chmod(0o755)
    shutil.copy(PROJECT / "README.md", folder)
    shutil.copytree(DOCS / "examples", folder / "docs" / "examples")
    return folder


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return BLOCK.sub("", page.read_text())


def headings(page: Path) -> list[str]:
    """Return the headings of a page as they are written."""
    return re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page on the site and on the repository host."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings(page)}


def links(page: Path) -> Iterator[tuple[str, Path, str]]:
    """Yield each link of a page to the project: its text, the file, and the anchor."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield target, (page.parent / path).resolve() if path else page, anchor


def code_spans(page: Path) -> list[str]:
    """Return the code spans in the prose of a page."""
    return re.findall(r"`([^`\n]+)`", prose(page))
