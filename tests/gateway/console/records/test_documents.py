"""Records as documents: every field has a place, and no text becomes markup."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from gateway.console.filters import without_overrides
from gateway.console.kinds import KINDS, Kind
from gateway.console.records.descriptions import NOTICES, SUBJECT, Description, description_of
from gateway.console.records.document import document_of
from gateway.console.records.selections import EXTRACTS, SELECTIONS, STATEMENTS, Selection
from gateway.console.records.values import Form, form_of
from gateway.console.rendering import render_text
from gateway.console.texts import texts_of
from tests.gateway.console.markup import Markup
from tests.gateway.console.records.record_samples import (
    ID,
    alternatives,
    document,
    every_kind,
    filled,
    name_of,
    plain,
    resolved,
    strings,
)

OVERRIDE: Final = "\u202e"
EVERY_KIND: Final = pytest.mark.parametrize(("kind", "schema"), every_kind(), ids=name_of)
# What an address is made of, or by what a place in the page is chosen, keeps its value.
CHOSEN: Final = frozenset({"colour", "prints.image"})
# The services compute these themselves, or check them, and state no pattern.
COMPUTED: Final = frozenset({"vin_decoded.country", "hull_verdict.country", "hull_verdict.built", "partners"})
FREE: Final = frozenset({Form.TEXT, Form.LONG, Form.NAME, Form.SIGN, Form.ENGLISH, None})
FITTING: Final = {
    "enum": frozenset({Form.CODE, Form.LANGUAGE, Form.SURFACE, Form.ENGLISH, Form.TEXT, Form.BUREAU, Form.WORD}),
    "moment": frozenset({Form.MOMENT}),
    "day": frozenset({Form.DAY}),
    "country": frozenset({Form.COUNTRY, Form.BUREAU, Form.LANGUAGE, Form.SIGN}),
    "bureau": frozenset({Form.BUREAU, Form.CODE}),
    "free": FREE | {Form.RECORD, Form.YEARS, Form.CODE, Form.WHERE, Form.WORD},
}


def shown(kind: Kind, record: Mapping[str, Any], language: str = "en") -> str:
    """Return the document of a record, as Germany sees it."""
    values = {"document": document_of(kind, record), "reader": "DE", "colours": NOTICES}
    return render_text("records/document.html", texts_of(language), **values)


def described(kind: Kind, schema: Mapping[str, Any]) -> Description:
    colour = schema["properties"].get("colour", {}).get("const")
    return description_of(kind, {"colour": colour})


@EVERY_KIND
def test_every_field_of_the_api_has_a_place_in_the_page(kind: Kind, schema: Mapping[str, Any]) -> None:
    named = described(kind, schema).named
    names = set()
    for name, inner in schema["properties"].items():
        members = [each for each in alternatives(inner) if name == SUBJECT and "properties" in each]
        names |= {f"{SUBJECT}.{member}" for each in members for member in each["properties"]} or {name}
    assert names - named == set()


@EVERY_KIND
def test_every_text_has_a_form_that_fits_what_the_api_says_of_it(kind: Kind, schema: Mapping[str, Any]) -> None:
    forms = described(kind, schema).forms
    wrong = {}
    for path, text in strings(schema):
        parent, _, name = path.rpartition(".")
        form = form_of(name, parent.rpartition(".")[2], forms)
        if form not in FITTING[_what(text)] and path not in COMPUTED | CHOSEN:
            wrong[path] = (form, _what(text))
    assert wrong == {}


def _what(schema: Mapping[str, Any]) -> str:
    pattern = schema.get("pattern", "")
    if "const" in schema or "enum" in schema:
        return "enum"
    if schema.get("format") == "date-time":
        return "moment"
    if pattern.startswith("^(18[5-9]") or schema.get("format") == "date":
        return "day"
    if pattern.startswith("^[A-Z]{"):
        return "country"
    return "bureau" if pattern.startswith("^([A-Z]{2}") else "free"


@pytest.mark.thorough
@EVERY_KIND
def test_a_record_with_all_fields_is_shown_in_all_languages(kind: Kind, schema: Mapping[str, Any]) -> None:
    record = filled(schema, plain)
    for language in ("en", "ar"):
        page = shown(kind, record, language)
        assert kind.title(record) in Markup(page).texts or kind.title(record) in page
    assert not [each for each in document_of(kind, record).sections if each.title == "Other"]


@pytest.mark.thorough
@EVERY_KIND
def test_no_text_of_a_record_becomes_markup_and_none_is_left_out(kind: Kind, schema: Mapping[str, Any]) -> None:
    texts: dict[str, str] = {}

    def hostile(path: str, text: Mapping[str, Any]) -> str:
        if path in CHOSEN:
            return plain(path, text)
        texts[path] = f"<img src=x onerror=alert()>{OVERRIDE}'\"{path.replace('_', '.')}"
        return texts[path]

    page = shown(kind, filled(schema, hostile))
    read = Markup(page)
    together = "".join(read.texts)
    assert read.names.isdisjoint({"script", "style", "iframe"})
    assert not {each for each in read.attributes if each.startswith("on")}
    assert OVERRIDE not in page
    missing = {path for path, text in texts.items() if _as_shown(text) not in _squeezed(together)}
    assert missing == set()


def _as_shown(text: str) -> str:
    """Return the end of a text as it is shown: its case, spaces and hyphens may be those of a code."""
    return _squeezed(without_overrides(text)).rpartition("'\"")[2]


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_-]", "", text).lower()


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["en", "ar"])
def test_words_of_ten_thousand_letters_are_shown_whole(language: str) -> None:
    for kind, schema in every_kind():
        record = filled(schema, lambda path, text: plain(path, text) if path in CHOSEN else "w" * 10_000)
        assert "w" * 10_000 in shown(kind, record, language)


@pytest.mark.parametrize(
    ("name", "warns"),
    [("\u0420\u0430ypal", True), ("Этьен Paypal", False), ("星川 みずき", False)],
    ids=["mixed", "two", "one"],
)
def test_a_name_with_letters_that_pass_for_others_is_named_as_such(name: str, warns: bool) -> None:
    kind, schema = every_kind()[1]
    record = filled(schema, plain)
    page = shown(kind, {**record, "subject": {**record["subject"], "single_name": name}})
    assert ("letters of several scripts" in page) is warns


def test_what_no_section_names_is_shown_at_the_end() -> None:
    kind = next(each for each in KINDS if each.name == "firearms")
    sections = document_of(kind, {"id": ID, "owner": "FR", "make": "Glock", "invented": "later"}).sections
    assert [(each.title, [field.name for field in each.fields]) for each in sections][-1] == ("Other", ["invented"])


@pytest.mark.parametrize(
    ("path", "selections"),
    [
        *((kind.path, SELECTIONS[kind.name]) for kind in KINDS),
        ("/api/notices/extracts", EXTRACTS),
        ("/api/cultural-property/statements", STATEMENTS),
    ],
)
def test_lists_are_narrowed_by_all_that_the_api_takes(path: str, selections: tuple[Selection, ...]) -> None:
    stated = document()["paths"][path]["get"]["parameters"]
    parameters = {each["name"]: resolved(each["schema"]) for each in stated if "name" in each}
    found = {each.name: each.codes for each in selections}
    assert found.keys() == parameters.keys() - {"after", "limit", "linked_to", "page"}
    for name, codes in found.items():
        assert list(codes) == parameters[name].get("enum", ["true", "false"] if name == "blanks" else [])
