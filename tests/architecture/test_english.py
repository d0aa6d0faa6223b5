"""Pages, docstrings and comments have no phrase that reads like a translation: CONTRIBUTING.md has the rules."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import PROJECT, name_of, pages, prose

BANNED_WORDS = re.compile(
    r"\b(whom|whoever|whomever|by itself|at hand|(?:is|are|be|been) told of|for good|beside it|of its own accord"
    r"|he|him|his)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"`[^`\n]*`|\"[^\"\n]*\"")
FOLDERS = ("services", "gateway", "shared", "deploy", "tests")


def banned_in(text: str) -> list[str]:
    """Return the lines of a text that have a banned word outside of quotes."""
    return [line for line in QUOTED.sub("", text).splitlines() if BANNED_WORDS.search(line)]


def remarks(file: Path) -> Iterator[str]:
    """Yield the comments of a source file, and the strings that stand alone, as docstrings do."""
    with tokenize.open(file) as source:
        yield from (
            token.string for token in tokenize.generate_tokens(source.readline) if token.type == tokenize.COMMENT
        )
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_follows_the_rules(page: Path) -> None:
    assert banned_in(prose(page)) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_and_comments_follow_the_rules(folder: str) -> None:
    """Strings that the program uses are not looked at: names and texts of others may have any words."""
    found = {
        str(file.relative_to(PROJECT)): lines
        for file in sorted((PROJECT / folder).rglob("*.py"))
        if (lines := [line for remark in remarks(file) for line in banned_in(remark)])
    }
    assert found == {}


def test_a_banned_phrase_is_found_in_a_docstring_and_in_a_comment(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text('"""Tell whom it concerns."""\n\nhim = "whoever"  # for good\n"""Not `whom`."""\n')
    assert [line for remark in remarks(file) for line in banned_in(remark)] == ["# for good", "Tell whom it concerns."]
