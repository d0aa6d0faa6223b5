"""Forms made of the schemas of the API, without a browser and without the API: fields, what is typed, faults."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.console.kinds import KINDS
from gateway.console.records.forms import codes, standard_names
from gateway.console.records.forms.arrangement import ARRANGEMENTS, arranged, mistakes
from gateway.console.records.forms.fields import Field, FieldKind, NotFillable, field_of
from gateway.console.records.forms.nodes import Fault, nodes_of
from gateway.console.records.forms.operations import Operations
from gateway.console.records.forms.requirements import without
from gateway.console.records.forms.showing import Shown, plain_hint
from gateway.console.records.forms.typed import (
    entry_of,
    leaves,
    places,
    read,
    typed_of,
    with_one_more,
    without_one,
    written,
)
from gateway.console.records.forms.versions import differences, start_of
from gateway.console.rendering import environment_of
from gateway.console.texts import texts_of
from gateway.console.written_dates import either_day, only_date

DOCUMENT = Path("docs/openapi.json").read_bytes()
OPERATIONS = Operations.of_json(DOCUMENT)
SECTIONS = "{% from 'records/forms/fields.html' import sections_of %}{{ sections_of(sections, shown, '/here') }}"


def forms() -> list[Any]:
    """Return the form of each kind, of notices that of each colour, and that of a trace."""
    whole = {kind.name: OPERATIONS.form("post", kind.path) for kind in KINDS}
    whole["traces"] = OPERATIONS.form("post", "/api/traces")
    notices = whole.pop("notices")
    coloured = [pytest.param("notices", each, id=colour) for colour, each in notices.variants.items()]
    return [*coloured, *(pytest.param(name, each, id=name) for name, each in whole.items())]


def form(kind: str, colour: str = "red") -> Field:
    made = OPERATIONS.form("post", next(each.path for each in KINDS if each.name == kind))
    return made.variants[colour] if made.variants else made


def opened(field: Field) -> dict[str, list[str]]:
    """Return a form with one entry of each list of groups, at any depth."""
    typed: dict[str, list[str]] = {}
    while more := {f"{name}/0": [""] for name in _lists(field, typed) if not places(typed, name)}:
        typed |= more
    return typed


def _lists(field: Field, typed: dict[str, list[str]], pointer: str = "") -> list[str]:
    node = nodes_of(field, typed)
    return [each.pointer for each in node.walk() if each.field.kind is FieldKind.GROUPS]


@pytest.mark.parametrize(("kind", "field"), forms())
def test_each_field_of_each_kind_is_in_its_form_once(kind: str, field: Field) -> None:
    """In one section, and with an element that has its name: there is nothing that nobody can fill in."""
    typed = opened(field)
    whole = nodes_of(field, typed)
    sections = arranged(whole, kind)
    shown = [each.pointer for section in sections for node in section.nodes for each in node.walk()]
    wanted = {name for name, each in leaves(field, typed) if each.kind is not FieldKind.CONSTANT}
    assert wanted <= set(shown)
    assert len(shown) == len(set(shown))
    markup = environment_of("en").from_string(SECTIONS).render(sections=sections, shown=Shown(texts_of("en")))
    assert [name for name in wanted if f'name="{name}"' not in markup] == []


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_a_correction_has_the_same_form(kind: str) -> None:
    path = next(each.path for each in KINDS if each.name == kind)
    assert OPERATIONS.form("put", f"{path}/{{record_id}}") == OPERATIONS.form("post", path)


def test_the_arrangements_name_only_what_there_is() -> None:
    """Each pointer is of a form of its kind, and no kind is without."""
    assert ARRANGEMENTS.keys() == {kind.name for kind in KINDS} | {"traces"}
    known: dict[str, set[str]] = {}
    for parameters in forms():
        kind, field = parameters.values
        known.setdefault(kind, set()).update(each.pointer for each in nodes_of(field, {}).walk())
    for kind, sections in ARRANGEMENTS.items():
        shared = {"/public", "/reference"}
        named = {pointer for section in sections for pointer in section.pointers} - shared
        assert named <= known[kind], kind


def test_a_schema_that_no_field_is_for_is_refused() -> None:
    with pytest.raises(NotFillable, match="corrections"):
        field_of({"type": "object", "properties": {"corrections": {"type": "object"}}}, {})


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
LISTS = st.lists(WORDS, min_size=1, max_size=3)
VALUES: dict[FieldKind, Callable[[Field], st.SearchStrategy[Any]]] = {
    FieldKind.CHOICE: lambda field: st.sampled_from([each for each in field.options if each != field.default]),
    FieldKind.CHOICES: lambda field: st.lists(st.sampled_from(field.options), min_size=1, max_size=3, unique=True),
    FieldKind.LINES: lambda _: LISTS,
    FieldKind.CODES: lambda _: LISTS,
    FieldKind.WHOLE: lambda _: st.integers(-(10**17), 10**17),
    FieldKind.NUMBER: lambda _: st.integers(-(10**9), 10**9).map(lambda number: number / 8),
    FieldKind.YES_NO: lambda _: st.booleans(),
    FieldKind.FLAG: lambda _: st.just(value=True),
    FieldKind.CONSTANT: lambda field: st.just(field.options[0]),
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Return JSON that a form can have: nothing empty, and no default."""
    match field.kind:
        case FieldKind.GROUP:
            return groups_of(field)
        case FieldKind.GROUPS:
            # An entry without anything is none.
            return st.lists(groups_of(entry_of(field)).filter(any), min_size=1, max_size=2)
        case FieldKind.VARIANT:
            return st.one_of([variant_of(field, value) for value in field.variants])
    return VALUES[field.kind](field) if field.kind in VALUES else WORDS


def variant_of(field: Field, value: str) -> st.SearchStrategy[Any]:
    return groups_of(field.variants[value]).map(lambda group: {field.by: value, **group})


def groups_of(field: Field) -> st.SearchStrategy[dict[str, Any]]:
    required = {each.name: values_of(each) for each in field.members if each.is_required}
    optional = {
        each.name: stated_of(each)
        for each in field.members
        if not each.is_required and each.kind is not FieldKind.CONSTANT
    }
    return st.fixed_dictionaries(required, optional=optional)


def stated_of(field: Field) -> st.SearchStrategy[Any]:
    """Return values that are not what the API takes without them."""
    return values_of(field).filter(lambda value: value not in (field.default, {}))


@pytest.mark.parametrize(
    ("kind", "colour"), [("notices", "red"), ("notices", "orange"), ("vessels", ""), ("persons", ""), ("bodies", "")]
)
def test_what_is_written_into_a_form_is_read_from_it(kind: str, colour: str) -> None:
    field = form(kind, colour)

    @settings(max_examples=15, deadline=None)
    @given(groups_of(field))
    def goes_round(content: dict[str, Any]) -> None:
        sent = urlencode([(name, value) for name, values in written(field, content).items() for value in values])
        typed = typed_of(parse_qsl(sent, keep_blank_values=True))
        assert read(field, typed) == content

    goes_round()


def test_an_empty_form_says_nothing_but_what_it_is() -> None:
    """Empty is absent, also an entry of a list that was added and not filled in."""
    assert read(form("notices"), opened(form("notices"))) == {"colour": "red", "subject": {"kind": "person"}}
    assert read(form("stolen-vehicles"), {"/make": ["  "], "/kind": ["car"]}) == {}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("12", 12),
        ("twelve", "twelve"),
        ("9" * 5000, "9" * 5000),
        ("1e3", "1e3"),
        ("١٢", "١٢"),
    ],
)
def test_what_is_no_number_is_kept_as_it_was_typed(typed: str, sent: object) -> None:
    assert read(form("stolen-vehicles"), {"/year": [typed]}) == {"year": sent}


def test_a_list_in_place_of_which_a_word_may_stand() -> None:
    field = form("stolen-vehicles")
    assert read(field, {"/partners": ["all", ""]}) == {"partners": "all"}
    assert read(field, {"/partners": ["PARTNER-UN", "all"]}) == {"partners": ["PARTNER-UN", "all"]}
    assert written(field, {"partners": "all"}) == {"/partners": ["all"]}


def test_an_entry_is_added_and_removed_among_others() -> None:
    typed = {"/a/0": [""], "/a/0/x": ["0"], "/a/1": [""], "/a/1/x": ["1"], "/a/2/x": ["2"], "/ab/1": ["y"]}
    assert with_one_more(typed, "/a")["/a/3"] == [""]
    assert without_one(typed, "/a/1") == {"/a/0": [""], "/a/0/x": ["0"], "/a/1/x": ["2"], "/ab/1": ["y"]}
    assert without_one({"/c": ["FR", "DE"]}, "/c/0") == {"/c": ["DE"]}
    assert without_one(typed, "/a/x") == typed


def test_a_form_has_no_more_entries_than_a_list_may_have() -> None:
    """A request that names places that there are not gets no page of a million fields."""
    assert places({f"/a/{10**9}/x": ["0"], "/a/-1/x": ["0"], "/a/²/x": ["0"]}, "/a") == []


@pytest.mark.parametrize("text", ["FR", "fr", "France", "FRANCE", "France (FR)", " France (FR) "])
def test_a_country_is_its_code_or_its_name(text: str) -> None:
    field = Field("country", FieldKind.CODE, code_list="countries")
    assert codes.code_of(texts_of("fr"), field, text) == "FR"


@pytest.mark.parametrize(("language", "text"), [("es", "Alemania"), ("ar", "ألمانيا"), ("en", "germany")])
def test_a_country_is_named_in_the_language_of_the_officer(language: str, text: str) -> None:
    field = Field("country", FieldKind.CODE, code_list="countries")
    assert codes.code_of(texts_of(language), field, text) == "DE"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *((text, "2026-03-14") for text in ("14.03.2026", "14 mars 2026", "March 14, 2026", "١٤/٠٣/٢٠٢٦", "2026-3-14")),
        ("31 Dec 2031", "2031-12-31"),
        ("03/2026", "2026-03"),
    ],
)
def test_a_date_is_read_as_people_write_it(text: str, day: str) -> None:
    form = Field("", FieldKind.GROUP, members=(Field("theft_date", FieldKind.DATE),))
    assert codes.understood(texts_of("en"), form, {"/theft_date": [text]}) == {"/theft_date": [day]}


@pytest.mark.parametrize("text", ["13 listopada 1980", "5 lip 1980", "2010/11", "17 Mar 2565", "1990 " + "年" * 50_000])
def test_a_date_of_another_language_or_calendar_or_of_two_years_stays_as_it_is(text: str) -> None:
    """In Croatia `listopad` is October; the Buddhist year 2565 is 2022."""
    assert only_date(text) is None


@pytest.mark.parametrize("text", ["03/04/2026", "14.03.26", "about 1990", "14 March 2026, noon", "199X", "31.02.2026"])
def test_a_date_that_may_be_another_stays_for_the_api_to_refuse(text: str) -> None:
    form = Field("", FieldKind.GROUP, members=(Field("theft_date", FieldKind.DATE),))
    assert codes.understood(texts_of("en"), form, {"/theft_date": [text]}) == {"/theft_date": [text]}


def test_a_date_that_may_be_two_days_says_which() -> None:
    assert either_day("03/04/2026") == ("2026-04-03", "2026-03-04")
    assert [either_day(each) for each in ("14/03/2026", "03.04.2026", "3/3/2026", "03/04/26", "", "2026")] == [None] * 6


def test_what_is_no_code_stays_for_the_api_to_refuse() -> None:
    field = Field("country", FieldKind.CODE, code_list="countries")
    assert codes.code_of(texts_of("en"), field, "<b>Atlantis</b>") == "<b>Atlantis</b>"


def test_a_fault_stands_at_its_field_or_at_what_is_around_it() -> None:
    field = form("notices")
    typed = {"/warrants/0": [""], "/subject/name": ["X"]}
    faults = [
        Fault("/subject/sex", "M or F"),
        Fault("/subject/aliases/2", "too long"),
        Fault("/warrants/7/law", "nowhere"),
        Fault("/subject", "a means of identification"),
        Fault("", "altogether"),
    ]
    whole = nodes_of(field, typed, faults)
    sections = arranged(whole, "notices")
    at = {each.pointer: each.faults for each in whole.walk() if each.faults}
    assert at["/subject/sex"] == ("M or F",)
    assert at["/subject/aliases"] == ("too long",)
    assert at["/warrants"] == ("nowhere",)
    links = {each.detail: each.link for each in mistakes(sections, whole)}
    assert links == {
        "altogether": "",
        "a means of identification": "section-0",
        "M or F": "field-subject-sex",
        "too long": "field-subject-aliases",
        "nowhere": "field-warrants",
    }
    assert [each.title for each in sections if each.is_folded and each.is_open] == ["More about the person"]


def test_values_that_cannot_be_read_are_left_out_of_what_is_checked() -> None:
    content = {"a": {"b": 1, "c": 2}, "d": ["x", "y", "z"], "e": [{"f": 1}]}
    assert without(content, ["/a/b", "/d/0", "/d/2", "/e/0/f", "/no/such", "/d/9", ""]) == {
        "a": {"c": 2},
        "d": ["y"],
        "e": [{}],
    }


def test_an_update_that_waits_is_what_the_next_one_starts_from() -> None:
    """But who may see the notice is as it is now: that changed at once."""
    record: dict[str, Any] = {
        "facts": "now",
        "restricted": ["DE"],
        "subject": {"name": "A", "sex": "M"},
        "pending": {
            "status": "submitted",
            "changes": ["facts", "subject.name"],
            "content": {"facts": "then", "restricted": [], "subject": {"name": "B", "sex": "U"}},
        },
    }
    start = start_of(record)
    assert (start["facts"], start["restricted"], start["subject"]) == ("then", ["DE"], {"name": "B", "sex": "M"})
    assert start_of({**record, "pending": {**record["pending"], "status": "refused"}})["facts"] == "now"


def test_versions_differ_in_their_fields_and_not_in_what_is_the_default() -> None:
    field = form("stolen-vehicles")
    theirs = {"make": "Fiat", "kind": "car", "year": 2001, "handling": "OFFICIAL_USE"}
    ours = {"make": "Lancia", "year": 2001, "plate": "AA 1"}
    found = {each.name: (each.theirs, each.ours) for each in differences(field, theirs, ours)}
    assert found == {"plate": ("", "AA 1"), "make": ("Fiat", "Lancia")}


def test_the_fields_of_listed_names_suggest_them() -> None:
    """Each field is of its form; of the issuers of documents an officer is suggested their own."""
    for kind, fields in standard_names.FIELDS.items():
        members = {f"/{each.name}": each.kind for each in form(kind).members}
        assert {members[pointer] for pointer in fields} == {FieldKind.TEXT}
    issuers = [{"code": "FRA", "name": "France", "bureau": "FR"}, {"code": "D", "name": "Germany", "bureau": "DE"}]
    types = [{"name": "painting", "subtypes": [{"name": "portrait"}, {"name": "icon"}]}, {"name": "coin"}]
    suggested = standard_names.suggested
    assert suggested(standard_names.FIELDS["travel-documents"], {"issuers": issuers}, "FR") == {
        "/issuer": [("FRA", "France", "")]
    }
    assert suggested(standard_names.FIELDS["works"], {"types": types}, "FR") == {
        "/type": [("painting", "", "type"), ("coin", "", "type")],
        "/subtype": [("portrait", "", "subtype"), ("icon", "", "subtype")],
    }


def test_a_hint_is_for_people() -> None:
    assert plain_hint("ISO 3166-1 alpha-2.") == ""
    assert plain_hint("In any writing that `GET /api/codes` lists. One that is not listed is `accepted`.") == (
        "One that is not listed is accepted."
    )
