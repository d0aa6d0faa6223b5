"""The languages of the console: each text of its pages is in each of them."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from gateway.console.rendering import environment_of
from gateway.console.texts import DEFAULT, FOLDER, LANGUAGES, Texts
from gateway.console.words import code_in_words

CONSOLE = FOLDER.parent
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?\w+[^>]*>")
PLACES = re.compile(r"\{\d\}")
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
    # What an officer knows, such as the list of a field, may be left out.
    invented = [
        each.id for each in messages if not set(PLACES.findall(str(each.string))) <= set(PLACES.findall(str(each.id)))
    ]
    assert invented == []


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


def test_times_are_those_of_the_clock_of_24_hours() -> None:
    for language in LANGUAGES:
        assert "14:05:06" in Texts(language).moment("2026-11-30T14:05:06Z")


@pytest.mark.thorough
def test_a_range_has_the_direction_of_its_language() -> None:
    """Figures alone have none: a browser would put the earlier year on the left."""
    assert Texts("ar").day("1981/1985").startswith("\N{RIGHT-TO-LEFT MARK}")
    assert Texts("ar").years("1610/1620").startswith("\N{RIGHT-TO-LEFT MARK}")
    assert Texts("en").day("1981/1985") == "1981 – 1985"


def test_dates_in_arabic_texts_keep_their_order() -> None:
    """After an Arabic letter a browser reverses the parts of 2026-03-14, unless a mark stands before it."""
    dated = [
        str(each.string) for each in catalogue("ar") if each.id and re.search(r"[0-9]{4}-[0-9]{2}", str(each.string))
    ]
    assert len(dated) > 5
    assert [text for text in dated if re.search(r"(?<![\u200e0-9/-])[0-9]{4}-[0-9]{2}", text)] == []


def test_french_has_a_space_before_a_colon_of_a_template() -> None:
    source = '{{ "Nom" }}: a {% trans one="1" %}{{ one }}: b{% endtrans %} <strong>c</strong>: d'
    assert environment_of("fr").from_string(source).render() == "Nom\xa0: a 1: b <strong>c</strong>\xa0: d"
    assert environment_of("es").from_string(source).render() == "Nom: a 1: b <strong>c</strong>: d"
