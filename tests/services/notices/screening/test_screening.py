"""What the screening finds in the words of a notice, and what it lets pass."""

import cProfile
import pstats
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices.review_models import NoticeRefusalReason, Weight
from services.notices.screening.lexicon import LEXICON
from services.notices.screening.pattern import CONCRETE_OFFENCE
from services.notices.screening.patterns import PATTERNS
from services.notices.screening.screen import is_stopped, screen_entry
from services.notices.screening.stop_words import STOP_WORDS
from services.notices.screening.words import words_of
from tests.services.notices.examples import COMPLETE, PERSON, complete, entry
from tests.services.notices.screening.screened import FR, ISSUED, found, red, stops


@pytest.mark.parametrize("colour", COMPLETE)
def test_a_complete_ordinary_notice_is_not_stopped(colour: str) -> None:
    """Of no colour; that of a robbery is asked for its court at the most."""
    assert not is_stopped(found(complete(colour)))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ("He insulted the President of the Republic on television.", "insult-of-head-of-state"),
        ("A insulté le chef de l'État dans un tract.", "insult-of-head-of-state"),
        ("Injurió al jefe del Estado en una emisora.", "insult-of-head-of-state"),
        ("قام بإهانة رئيس الجمهورية", "insult-of-head-of-state"),
        ("Оскорбление президента в сети.", "insult-of-head-of-state"),
        ("Joined a party that is banned.", "banned-party"),
        ("Took part in an unauthorised demonstration.", "protest"),
        ("Deserted: he is charged with desertion.", "military-offence"),
        ("Charged with apostasy.", "religious-offence"),
        ("Sought because he belongs to a tribe.", "racial-ground"),
        ("The confession was given after he had been tortured.", "coerced-confession"),
        ("Germany granted him asylum.", "refugee"),
        ("His cheque bounced.", "cheque"),
        ("She is accused of adultery.", "behavioural-norms"),
    ],
)
def test_words_that_point_at_a_bar_stop_a_notice(facts: str, code: str) -> None:
    """In each of the four languages, and in some others."""
    assert code in stops(red(facts))


@pytest.mark.parametrize(
    "facts",
    [
        "Robbed the church and beat the priest.",
        "Stole rifles from a military base.",
        "Killed the mayor at a party meeting with a pistol.",
        "The accused fled to a refugee camp after the robbery.",
        "Sold drugs at parties.",
        "The president of the sports club embezzled its money.",
        "Murdered his wife because of her adultery.",
        "Abandoned the car in a deserted street.",
        "Passed forged cheques that bounced.",
        "Set a bomb in the name of a banned organisation; nine people were killed.",
    ],
)
def test_an_ordinary_crime_that_only_has_such_words_is_not_stopped(facts: str) -> None:
    assert stops(red(facts)) == set()


# Of Unicode's default ignorable characters, combining marks and variation selectors.
HIDDEN = "\ufe0f\u2066\u2069\u206a\u206f\u180e\u3164\u20d2\u1dc4\U000e0041\U000e0100\u034f\u115f\uffa0\u0489"


@pytest.mark.parametrize(
    "facts",
    [
        "He іnsultеd thе prеsidеnt.",
        "He i n s u l t e d the p r e s i d e n t.",
        "He i-n-s-u-l-t-e-d the president.",
        "He insul\u200bted the presi\u00addent.",
        "He ｉｎｓｕｌｔｅｄ the president.",
        "He 1nsult3d the pres1dent.",
        "He insúlted the présidènt.",
        "He insul-\nted the presi-\ndent.",
        "He INSULTED the PRESIDENT.",
        "He insulllted the presidennnt.",
        "He insulted the presidant.",
        *(f"He insul{hidden}ted the presi{hidden}dent." for hidden in HIDDEN),
        "He ɪɴꜱᴜʟᴛᴇᴅ the ᴘʀᴇsɪᴅᴇɴᴛ.",
        "He ⓘⓝⓢⓤⓛⓣⓔⓓ the 🅟🅡🅔🅢🅘🅓🅔🅝🅣.",
        "He 🄸🄽🅂🅄🄻🅃🄴🄳 the 🅿🆁🅴🆂🅸🅳🅴🅽🆃.",
        "He ⒤⒩⒮⒰⒧⒯⒠⒟ the 🇵🇷🇪🇸🇮🇩🇪🇳🇹.",
        "He ɨnsulⱦed the presɨdent.",
        "He insul\nted the presi\n  dent.",
        "He insul.ted the presi_dent.",
        "He insul–ted the presi—dent.",
        "He in.sul.ted the pre_si_dent.",
        "He i. n. s. u. l. t. e. d the p_r-e.s i_d-e.n-t.",
        "He i - n - s - u - l - t - e - d the p-r-e-s-i-d-e-n-t.",
        "He in su lt ed the pr es id en t.",
        "He in-su-lt-ed the pr.es.id.en.t.",
        "He insulted/the president.",
        "He ᎥnsuᏞted the ᏢᎡesiᎠent.",
        "He inꓢulted the ꓑresident.",
    ],
    ids=str,
)
def test_disguised_words_are_found_all_the_same(facts: str) -> None:
    """Letters of other scripts, hidden characters, spaces, hyphens, figures, accents and typing errors."""
    assert "insult-of-head-of-state" in stops(red(facts))


@pytest.mark.parametrize(
    "facts",
    [
        "Fled to the U.S.A. and the U.K. by 3 p.m. in a car, reg. no. AB-123-CD.",
        "Wrote from j.smith_77@mail.example to info@state-bank.example, file MRV-2026/004417-b.",
        "Il y a de la cocaïne; on l’a vu et/ou su.",
        "He is in it as a go-between, e.g. of A. B. C. Smith & Co.",
        "Robbed a\nchurch and\nfled.",
        "Scraped-off labels; well-grape-coloured paint.",
    ],
)
def test_ordinary_signs_between_letters_are_no_disguise(facts: str) -> None:
    assert stops(red(facts)) == set()


INSULT = "Insulted the head of state."
IN_FRENCH = {"language": "fr", "facts": "A insulté le président."}
PASSPORT = {"kind": "passport", "number": "19AK00417", "country": "FR"}
CHANNEL = {"kind": "object", "name": "Channel", "description": INSULT}
OTHER = {"category": "other", "serves_serious_crime": INSULT}


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (red("Stole a car.", charge=INSULT), "/warrants/0/charge"),
        (red("Stole a car.", charge_translation=INSULT), "/warrants/0/charge_translation"),
        (red("Stole a car.", law=INSULT), "/warrants/0/law"),
        (red("Stole a car.", law="Code, article 5 (the President)", charge="Insult"), "/warrants/0/charge"),
        (red("Stole a car.", further_charges=[{"charge": INSULT}]), "/warrants/0/further_charges/0/charge"),
        (
            complete("red", translations=[IN_FRENCH]),
            "/translations/0/facts",
        ),
        (complete("red", subject={**PERSON, "aliases": [INSULT]}), "/subject/aliases/0"),
        (complete("red", subject={**PERSON, "distinguishing_marks": INSULT}), "/subject/distinguishing_marks"),
        (complete("red", event={**COMPLETE["red"]["event"], "place": INSULT}), "/event/place"),
        (
            complete("blue", offence=OTHER),
            "/offence/serves_serious_crime",
        ),
        (complete("yellow", circumstances=INSULT), "/circumstances"),
        (
            complete("purple", subject=CHANNEL),
            "/subject/description",
        ),
        (complete("orange", subject={"kind": "object", "name": INSULT}), "/subject/name"),
        (complete("purple", subject={**CHANNEL, "description": "A channel.", "number": INSULT}), "/subject/number"),
        (red("Stole a car.", court=INSULT), "/warrants/0/court"),
        (red("Stole a car.", reference=INSULT), "/warrants/0/reference"),
        (complete("yellow", police_report=INSULT), "/police_report"),
        (complete("red", conditions=["H3"], other_condition=INSULT), "/other_condition"),
        *(
            (complete("red", subject={**PERSON, name: INSULT}), f"/subject/{name}")
            for name in ("name", "forename", "place_of_birth", "birth_name", "mother_name", "father_forename")
        ),
        (complete("red", subject={**PERSON, "names_in_other_scripts": [INSULT]}), "/subject/names_in_other_scripts/0"),
        (complete("red", subject={**PERSON, "documents": [PASSPORT | {"kind": INSULT}]}), "/subject/documents/0/kind"),
        (
            complete("red", subject={**PERSON, "documents": [PASSPORT | {"number": INSULT}]}),
            "/subject/documents/0/number",
        ),
        (
            complete("red", subject={**PERSON, "identities": [{"name": "Dupuis", "place_of_birth": INSULT}]}),
            "/subject/identities/0/place_of_birth",
        ),
    ],
)
def test_each_text_of_a_notice_is_read_and_named_by_its_pointer(content: dict[str, Any], pointer: str) -> None:
    """A bureau cannot hide it in a further charge, a translation, an alias, a law or a place."""
    pointers = {each.pointer for each in found(content) if each.code == "insult-of-head-of-state"}
    assert pointers == {pointer}


@pytest.mark.parametrize("name", ["Ahmadi", "Bahai", "Deserter", "Christian"])
def test_one_word_of_a_name_is_no_reason_to_stop_a_notice(name: str) -> None:
    """Many are called as a community is."""
    subject = {**PERSON, "name": name, "names_in_other_scripts": [f"Étienne {name}"], "mother_name": name}
    assert stops(complete("red", subject=subject, warrants=[ISSUED])) == set()


def test_the_name_of_a_court_is_no_part_of_the_charge() -> None:
    assert stops(red("Called a shopkeeper a thief.", charge="Insult", law="185", court="State Court")) == set()


def test_a_finding_quotes_the_words_as_they_stand_and_says_what_to_do() -> None:
    [finding] = found(red("At noon he ｉｎｓｕｌｔｅｄ  the Président, it is said."))
    assert (finding.reason, finding.weight, finding.pointer) == (NoticeRefusalReason.ARTICLE_3, Weight.STOPS, "/facts")
    assert finding.words == "ｉｎｓｕｌｔｅｄ  the Président"
    assert "remove the charge" in finding.detail


def test_violence_in_the_same_text_turns_a_stop_into_a_question() -> None:
    """An ordinary crime predominates; in another text of the notice it does not."""
    violent = found(red("At a forbidden demonstration that he organised he stabbed a policeman."))
    assert {each.weight for each in violent if each.code == "protest"} == {Weight.ASKS}
    assert "protest" in stops(red("Stabbed a policeman.", charge="Organised a forbidden demonstration"))


def test_common_words_of_public_life_ask_where_the_offence_is_concrete() -> None:
    """Where it is not, they stop a notice that tells no ordinary crime."""
    said = "Said that the ministry is far away."
    robbery, fraud = (red(said, offence={"category": each}) for each in ("robbery", "fraud"))
    assert {each.weight for each in found(robbery) if each.code == "expression-on-the-state"} == {Weight.ASKS}
    assert "expression-on-the-state" in stops(fraud)


def test_each_concept_of_a_pattern_has_terms_and_each_concept_is_used() -> None:
    named = {part for each in PATTERNS for concept in each.concepts for part in concept.split("|")}
    named |= {part for each in PATTERNS for part in (*each.unless, *each.unless_near, *each.softened_by)}
    assert named - {CONCRETE_OFFENCE} == set(LEXICON)


def test_no_number_of_harmless_mentions_hides_a_later_one() -> None:
    assert "insult-of-head-of-state" in stops(red("The president of the company. " * 60 + INSULT))


NEVER_TOGETHER = "state " * 12 + "criticism " + "parcel " * 9 + "speech " + "parcel " * 12
CONCEPTS = "president of the company insult state member party unlawful foreign journalist speech protest funds "


def calls(text: str) -> int:
    """Return how many calls of functions the screening of a text takes."""
    content = entry(red(text)).resolved()
    with cProfile.Profile() as profile:
        screen_entry(content, FR)
    return int(vars(pstats.Stats(profile))["total_calls"])


@pytest.mark.parametrize("unit", [NEVER_TOGETHER, CONCEPTS])
def test_the_work_grows_with_the_text_and_not_with_the_pairs_and_triples_in_it(unit: str) -> None:
    """Whatever a bureau repeats."""
    once = (unit * 20)[:1000]
    calls(once)
    assert calls(once * 3) < 4 * calls(once)


@given(st.text(max_size=300))
def test_any_text_can_be_screened_and_words_are_quoted_from_it(text: str) -> None:
    """Whatever a bureau writes."""
    words = words_of([text])
    for word in (*words.separate, *words.joined):
        assert 0 <= word.start < word.end <= len(text)
    for word in words.separate:
        assert word.forms[0] not in STOP_WORDS
