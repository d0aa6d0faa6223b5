"""The languages of the console: each text of its pages is in each of them."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from gateway.console.texts import DEFAULT, FOLDER, LANGUAGES, Texts
from gateway.console.words import code_in_words

CONSOLE = FOLDER.parent
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?\w+[^>]*>")
CODES = re.compile(r"""badge\("([a-z-]+)"|"([a-z-]+)" \| code|\.code\("([a-z-]+)""")


def catalogue(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, language)


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != DEFAULT])
def test_each_text_is_translated_with_its_placeholders(language: str) -> None:
    """`i247 openapi` enters a new text without a translation, and removes one that is not used any more."""
    messages: list[Message] = [each for each in catalogue(language) if each.id]
    assert len(messages) > 2_000
    assert [each.id for each in messages if not all(forms(each.string))] == []
    wrong = [
        each.id
        for each in messages
        for form in forms(each.string)
        if sorted(PLACEHOLDER.findall(form)) != sorted(PLACEHOLDER.findall(forms(each.id)[-1]))
    ]
    assert wrong == []


def test_the_codes_that_pages_name_are_known() -> None:
    known = catalogue("fr")
    sources = [file for pattern in ("*.html", "*.py") for file in CONSOLE.rglob(pattern)]
    named = {"".join(found) for file in sources for found in CODES.findall(Path(file).read_text(encoding="utf-8"))}
    assert len(named) > 4
    assert sorted(code for code in named if known.get(code_in_words(code), "code") is None) == []


def test_numbers_choose_the_form_of_a_text() -> None:
    """Arabic has six forms."""
    texts, [one, many] = Texts("ar"), ("%(count)s candidate", "%(count)s candidates")
    chosen = [texts.ngettext(one, many, number) for number in (1, 2, 3, 11)]
    assert len(set(chosen)) == 4
    assert one not in chosen
