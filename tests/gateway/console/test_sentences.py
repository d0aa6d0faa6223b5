"""What the API says, in the languages of officers: hints of forms, requirements, findings, warnings and mistakes."""

import re
from pathlib import Path

import pytest

from deploy.generated.api_texts import rules
from gateway.console.filters import of
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.operations import Operations
from gateway.console.records.forms.showing import plain_hint
from gateway.console.sentences import sentences_in
from gateway.console.texts import LANGUAGES, texts_of
from services.notices.colours import Colour
from services.notices.criteria.requirements import CONSISTENCY, CRITERIA, faults_of
from services.notices.screening.patterns import ADVICE, PATTERNS
from services.notices.screening.screen import screen_entry
from shared.bureaus import BureauCode
from tests.conftest import NOW
from tests.services.notices.examples import WARRANT, complete, entry, red_about

OTHERS = [each for each in LANGUAGES if each != "en"]
MARK = 'lang="en"'
INCOMPLETE = (
    {"colour": "red", "subject": {"kind": "person", "name": "Marvellier"}},
    red_about(sex="U"),
    complete("red", warrants=[{**WARRANT, "maximum_penalty_months": 3, "law": None}]),
    complete("red", warrants=[{**WARRANT, "stage": "sentence", "sentence_imposed_months": 3}]),
    complete("red", extradition_sought=False, event={"date": "2099"}),
    complete("yellow", police_report=None, last_known_place=None, circumstances=None),
    complete("green", offence={"category": "political"}, subject={"kind": "person", "name": "Marvellier"}),
    {"colour": "purple", "subject": {"kind": "object", "name": "Car battery"}},
    {"colour": "black", "subject": {"kind": "person"}},
)


def said(language: str, text: str) -> str:
    return str(of(texts_of(language))["said"](text))


def plain(markup: str) -> str:
    return re.sub("<[^>]+>", "", markup)


@pytest.mark.parametrize("language", OTHERS)
def test_each_requirement_of_each_colour_is_said_in_the_language_of_the_page(language: str) -> None:
    every = [each for colour in Colour for each in CRITERIA[colour]]
    texts = {text for each in (*every, *CONSISTENCY) for text in (each.asks, each.article)}
    assert len(texts) > 50
    assert [text for text in texts if MARK in said(language, text)] == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("content", INCOMPLETE)
def test_what_a_notice_lacks_is_said_with_its_article(language: str, content: dict[str, object]) -> None:
    details = [each.detail for each in faults_of(entry(content), NOW.date())]
    assert details
    assert [detail for detail in details if MARK in said(language, detail)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_each_finding_in_words_is_said_with_its_advice(language: str) -> None:
    details = {f"{each.why} {ADVICE[each.reason]}" for each in PATTERNS}
    assert [detail for detail in details if MARK in said(language, detail)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_finding_with_values_is_said_with_them(language: str) -> None:
    red = complete("red", warrants=[{**WARRANT, "law": "art. 299", "issuing_country": "TR", "court": None}])
    findings = screen_entry(entry(red), BureauCode("TR"))
    assert {"known-provision", "judicial-data-missing"} <= {each.code for each in findings}
    assert [each.detail for each in findings if MARK in said(language, each.detail)] == []
    assert any("299" in plain(said(language, each.detail)) for each in findings)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("M or F", "masculin ou féminin"),
        ("RPD article 83(2)(a)", "article 83(2)(a) du RTD"),
        ("must be person or entity", "valeur attendue\xa0: personne ou entité"),
        ("must have at most 30 characters", "doit avoir au plus 30 caractères"),
        (
            "the status of the person: suspect, missing or convicted",
            "le statut de la personne\xa0: suspect, disparu ou condamné",
        ),
        (
            "at least one of height, distinguishing_marks, documents, or a photograph",
            "au moins l’un des éléments suivants\xa0: taille, signes particuliers et documents, ou une photographie",
        ),
        (
            "no sentence is stated; a red notice for prosecution needs at least 24",
            "aucune peine n’est indiquée\xa0; une notice rouge en vue de poursuites exige au moins 24",
        ),
        (
            "the sentence is 3 months imposed and 1 month remaining",
            "la peine est de\xa0: 3\xa0mois (peine prononcée) et 1\xa0mois (reliquat)",
        ),
        (
            "give at least one of name, date_of_birth, document_number",
            "indiquez au moins l’un de ces éléments\xa0: nom, date de naissance et numéro du document",
        ),
        (
            "the range ends before it starts; must be true or false",
            "la période se termine avant de commencer – doit être vrai ou faux",
        ),
        ("a date after the birth (RPD article 12)", "une date postérieure à la naissance (article 12 du RTD)"),
    ],
)
def test_values_are_named_as_pages_name_them(english: str, french: str) -> None:
    assert plain(said("fr", english)) == french


def test_what_has_no_translation_is_marked_as_english() -> None:
    """A pattern of two words fits it, but its value is none that the API has."""
    assert said("fr", "must be `none` that is <known>") == (
        '<bdi lang="en" dir="ltr">must be none that is &lt;known&gt;</bdi>'
    )
    assert said("en", "must be `none`") == "<bdi>must be none</bdi>"


def test_words_of_a_bureau_in_a_sentence_are_isolated_and_escaped() -> None:
    shown = said("ar", 'no "<b>\u202eclan" (insult-of-the-state): It is a private dispute.')
    assert "<bdi>&lt;b&gt;[RIGHT-TO-LEFT OVERRIDE]clan</bdi>" in shown
    assert MARK not in shown


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "notices: refused: an update of notice 2026/668112",
            "notices\xa0: refus\xa0: mise à jour de\xa0: notice 2026/668112",
        ),
        ("stolen-vehicles: FR found 3 of the records of DE", "véhicules volés\xa0: FR a trouvé 3 des fiches de DE"),
        (
            "Please confirm a hit: first request, urgent",
            "Veuillez confirmer un résultat positif\xa0: première demande, urgent",
        ),
    ],
)
def test_the_subject_of_a_message_of_a_service_is_said_but_not_that_of_an_officer(english: str, french: str) -> None:
    subject = of(texts_of("fr"))["subject"]
    assert plain(subject(english, "review-step")) == french
    assert subject(english, None) == f"<bdi>{english}</bdi>"
    assert subject("Your <car>", "review-step") == "<bdi>Your &lt;car&gt;</bdi>"


@pytest.mark.thorough
def test_each_hint_of_a_form_is_in_each_language() -> None:
    """Also of what an action takes."""
    operations = Operations.of_json(Path("docs/openapi.json").read_bytes())
    forms = [("post", "/api/notices"), ("put", "/api/stolen-vehicles/{record_id}/restriction")]
    hints = {plain_hint(hint) for form in forms for hint in hints_of(operations.form(*form))} - {""}
    assert len(hints) > 60
    assert [hint for hint in hints for each in OTHERS if MARK in of(texts_of(each))["hint"](hint)] == []


def hints_of(field: Field) -> list[str]:
    inner = (*field.members, *field.variants.values())
    return [field.hint, *(hint for each in inner for hint in hints_of(each))]


@pytest.mark.thorough
def test_the_catalogues_have_sentences_and_patterns_but_nothing_of_programs() -> None:
    found = {text for each in rules({"a": [{"pattern": r"\S"}]}) for text in sentences_in(each)}
    assert {"must not be blank", "a date after the birth", "{0} imposed", "RPD article {0}", "sedition"} <= found
    assert not [text for text in found if "\n" in text or text.endswith("_type") or "/{0}" in text]
