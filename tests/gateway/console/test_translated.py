"""No word of the system stays English on a page in another language: codes, fields, refusals, and whole pages."""

import re
from html.parser import HTMLParser
from typing import Final, get_args

import pytest

from deploy.generated.api_texts import listed_words, rules, warning_codes
from gateway.console.filters import of
from gateway.console.kinds import KINDS
from gateway.console.letters import letters_of
from gateway.console.records.forms.codes import names_of
from gateway.console.records.selections import EXTRACTS, SELECTIONS, STATEMENTS
from gateway.console.records.values import Form, node_of
from gateway.console.rendering import environment_of
from gateway.console.search.answers import ASKING, NOT_ASKED
from gateway.console.search.pages import GROUPS
from gateway.console.texts import DEFAULT, LANGUAGES, WITHOUT_LETTERS, Texts, texts_of
from gateway.console.words import field_in_words
from services.cultural_property.vocabulary.materials import MATERIALS, TECHNIQUES
from services.cultural_property.vocabulary.types import SUBTYPES, TYPES
from services.stolen_vehicles.vin_regions import region_of
from services.stolen_vehicles.vocabulary.colours import COLOUR_NAMES
from shared.bureaus import OFFICES, PARTNERS, ParticipantKind
from shared.codes.lists import COUNTRY
from shared.rights import _WHAT_IT_MAY
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.records.conftest import enter_examples
from tests.gateway.mesh import Mesh

OTHERS: Final = [each for each in LANGUAGES if each != DEFAULT]
EACH_LANGUAGE: Final = pytest.mark.parametrize("language", OTHERS)
MARK: Final = 'lang="en"'
ID: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
SAID: Final = (
    "this needs the scope audit:read, which the officer does not hold",
    "the officer holds no scope for hits: it needs one of hits:read, hits:write",
    f"no record {ID} that your bureau may see",
    f"no leaf {ID} that your bureau may see",
    f"FR gave this reference to record {ID}, which is another one: use another reference",
    f"your bureau has no hit {ID}",
    "only the owner of the record may change it",
    "the request is closed: its admissibility was decided",
    "the directory has no such participant",
    "is not listed: it stays as written; did you mean Opel?",
    "is not listed: it stays as written",
    "position 9 is 3, as a check digit it would be 5",
    "cosigned by DE at 2026-11-30 14:05:38 UTC, ES at 2026-11-30 14:05:39 UTC",
    "the log of stolen-vehicles signed 1195 leaves",
    "the leaf has each that is shown; the file does not prove whether it has others",
    "the root signed each of them, and each is needed",
    "subject/family_name: must have at least 1 character; records/0/record: must be a UUIDv7 in lower case",
    "the file is neither JPEG, PNG nor TIFF but a GIF: save the photograph as one of these",
    "Confirm that the decision is final.",
    *_WHAT_IT_MAY.values(),
)
SUBJECTS: Final = (
    "Answer to a request to trace a firearm: accepted",
    "The standing of your bureau: restricted",
    f"cultural-property: remove your copies of work {ID}",
)
# Of people, of standards, or of formats: none is a word of the system.
NAMES: Final = frozenset(
    ("english", "api", "ctrl", "enter", "imei", "mmsi", "vin", "iso", "csv", "json", "png", "wsq", "jpeg", "officer")
)
WRITTEN: Final = frozenset(
    (
        "Rotterdam, central station",
        "Hoek van Holland, Rotterdam, beach, 2026-04-02",
        "Harbour in a Storm, Jan van Nergens",
    )
)
"""What the examples of records state."""
PAGES: Final = ("/", "/network", "/messages/new", *(kind.page for kind in KINDS), "/records/travel-documents/new")
# A word in small letters, or one that stands alone: names of several words are of people and things.
_WORD: Final = re.compile(r"\b[a-z]{3,}\b|^[A-Z][a-z]{2,}$")


@EACH_LANGUAGE
def test_each_code_is_translated(language: str) -> None:
    """Those of services, of participants and of the console, that no enumeration of the API has."""
    texts = texts_of(language)
    regions = {region_of(letter) or "" for letter in "AJS168"}
    codes = [*warning_codes(), *get_args(ParticipantKind), *regions, ASKING, NOT_ASKED, "g", "m"]
    assert len(codes) > 50
    assert [code for code in codes if texts.known_code(code) is None] == []


@EACH_LANGUAGE
def test_each_word_of_a_list_of_the_services_is_translated(language: str) -> None:
    texts = texts_of(language)
    lists = {
        "colour": (*COLOUR_NAMES.names, *(f"dark {each}" for each in COLOUR_NAMES.names)),
        "type": TYPES,
        "subtype": SUBTYPES,
        "materials": MATERIALS,
        "techniques": TECHNIQUES,
    }
    missing = [(field, word) for field, words in lists.items() for word in words if not texts.known_code(word, field)]
    assert missing == []
    assert len(set(listed_words())) > 250


def test_a_word_of_a_list_is_shown_in_the_language_of_the_page_and_one_of_the_owner_as_it_is() -> None:
    forms = {"colour": Form.WORD}
    macro = environment_of("fr").get_template("records/values.html").module.leaf  # type: ignore[attr-defined]
    shown = {word: str(macro(node_of(word, "colour", forms=forms))).strip() for word in ("dark red", "gold", "rosso")}
    assert shown == {
        "dark red": "<bdi>rouge foncé</bdi>",
        "gold": "<bdi>doré</bdi>",
        "rosso": "<bdi>rosso</bdi>",
    }


@EACH_LANGUAGE
def test_each_field_that_is_asked_for_is_translated(language: str) -> None:
    """Parameters of the API, and fields of the console."""
    texts = texts_of(language)
    selections = [each.name for group in (*SELECTIONS.values(), EXTRACTS, STATEMENTS) for each in group]
    asked = {*selections, *(name for names in GROUPS for name in names)}
    assert len(asked) > 50
    assert [name for name in asked if texts.known_field(name) is None] == []
    assert texts.field("expires_by") != field_in_words("expires_by")


@EACH_LANGUAGE
def test_each_participant_and_state_is_named(language: str) -> None:
    """Also a state that is no more, and a group of persons that has a code of a passport."""
    known = dict(Texts(language).of_context("country"))
    assert [name for name in WITHOUT_LETTERS.values() if name not in known] == []
    offices = dict(Texts(language).of_context("bureau"))
    assert [name for name in (*OFFICES.values(), *PARTNERS.values()) if name not in offices] == []
    assert texts_of(language).bureau("PARTNER-NEW") != "Partner NEW"
    assert texts_of(language).bureau("notices") == texts_of(language).code("notices")


@EACH_LANGUAGE
def test_no_two_states_have_one_name(language: str) -> None:
    """A form would read the name of one as the code of the other."""
    named = names_of(language, COUNTRY.what)
    assert len(named) > 250
    assert len({letters_of(name) for name in named.values()}) == len(named)


@EACH_LANGUAGE
def test_each_unit_is_written_in_the_language(language: str) -> None:
    texts = texts_of(language)
    both = texts.quantity(320, "px") + texts.quantity(2, "ms")
    assert re.findall("[a-z]+", both) == ([] if language == "ar" else ["px", "ms"])


@EACH_LANGUAGE
@pytest.mark.parametrize("text", SAID)
def test_what_the_api_refuses_and_proves_is_said(text: str, language: str) -> None:
    assert MARK not in of(texts_of(language))["said"](text)


def test_a_time_that_is_none_stays_as_it_is() -> None:
    said = of(texts_of("fr"))["said"]("cosigned by DE at 2026-13-40 25:61:61 UTC")
    assert "<bdi>2026-13-40 25:61:61 UTC</bdi>" in said


@EACH_LANGUAGE
@pytest.mark.parametrize("text", SUBJECTS)
def test_the_subject_of_a_form_is_said(text: str, language: str) -> None:
    assert of(texts_of(language))["subject"](text, "form") != of(texts_of(DEFAULT))["subject"](text, None)


@pytest.mark.thorough
def test_the_refusals_of_the_services_are_in_the_catalogues() -> None:
    found = set(rules({}))
    assert {"record {0} is withdrawn already", "today is {0} in UTC, and {1} is later", "{0} at {1}"} <= found
    assert not [text for text in found if re.search(r"Content-Type|i247 |\{1\}", text) and "{0}" not in text]


def test_arabic_has_its_own_comma_between_values_of_a_template() -> None:
    source = '({{ "أ" }}), {{ "ب" }}, {% if true %}x{% endif %}, {% trans one="1" %}{{ one }}, b{% endtrans %}'
    assert environment_of("ar").from_string(source).render() == "(أ), ب، x، 1, b"


class _Texts(HTMLParser):
    """The texts of a page, with those that attributes show or tell."""

    TOLD: Final = frozenset({"title", "aria-label", "placeholder", "data-label", "alt"})
    NOT_READ: Final = frozenset({"script", "style", "code", "pre", "kbd", "textarea"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._skipped = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in self.NOT_READ
        self.found.update(value for name, value in attrs if name in self.TOLD and value)

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in self.NOT_READ

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.found.add(" ".join(data.split()))


@pytest.mark.thorough
@pytest.mark.parametrize("path", PAGES)
async def test_no_text_of_a_page_is_the_same_in_english_and_in_arabic(
    path: str, signed_in: SignedIn, started: Mesh
) -> None:
    """But for what a bureau wrote in a record, and names."""
    await enter_examples(started)
    officer = await signed_in("DE")
    english = _Texts((await officer.get(path)).text).found
    await officer.send("/language", language="ar")
    arabic = _Texts((await officer.get(path)).text).found
    both = {text for text in english & arabic if set(map(str.lower, _WORD.findall(text))) - NAMES}
    assert both - WRITTEN == set()
