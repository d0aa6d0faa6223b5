"""What a criminal file must state, how long it is kept, and when it ends."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.notices.offences import EXCLUDED, FORBIDDEN, OffenceCategory
from services.notices.persons import rules
from services.notices.persons.criminal_history import CLEARED, CaseOutcome, in_force
from services.notices.persons.entries import PROTECTED, STATUSES, PersonEntry, PersonFileStatus
from services.notices.persons.example import EXAMPLE
from services.notices.persons.requirements import FileIncomplete
from services.notices.synthesis.persons import synthetic_file
from services.synthetic_people import synthetic_person
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, NotTheOwner
from shared.ids import uuid7
from shared.people import StatusOfPerson
from shared.records.fitting import StatusDoesNotFit
from shared.records.policy import DEFAULT_RETENTION, Revision
from tests.conftest import NOW
from tests.services.notices.persons.files import ACQUITTAL, CONVICTION, FRAUD, PENDING, entry, file_of
from tests.support import caller

OWNER, STRANGER = caller("FR"), caller("PL")
LATER = Revision(uuid7(NOW), NOW + timedelta(days=40))
CONVICTED: dict[str, Any] = {"person_status": "convicted"}
LINKS = ("0197a3c2-5b1e-7c3a-9f20-4d5e6f708192",)


def with_offence(category: str, **more: Any) -> dict[str, Any]:
    return {**PENDING, "offence": {"category": category, **more}}


# What is wrong with a file, where, and what its owner is told to change.
FAULTY: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any], str, str]] = {
    "no name": ((), {"name": None, "forename": None}, "/subject/name", "family name"),
    "no sentence": (
        ({k: v for k, v in CONVICTION.items() if k != "sentence"},),
        CONVICTED,
        "/history/0/sentence",
        "`pending` until it is known",
    ),
    "an empty sentence": (({**CONVICTION, "sentence": {}},), CONVICTED, "/history/0/sentence", "the sentence"),
    "a sentence without conviction": (
        ({**PENDING, "sentence": {"fine": "900 EUR"}},),
        {},
        "/history/0/sentence",
        "no sentence",
    ),
    "no court": (({**CONVICTION, "court": None},), CONVICTED, "/history/0/court", "the court"),
    "no decision": (({**CONVICTION, "decided": None},), CONVICTED, "/history/0/decided", "when it was decided"),
    "a decision on nothing": (({**PENDING, "decided": "2020"},), {}, "/history/0/outcome", "the outcome"),
    "a political charge": (
        (PENDING, {**PENDING, "charge": "Outrage au chef de l'État"}),
        {},
        "/history/1/charge",
        '"Outrage au chef de l\'État" (insult-of-head-of-state)',
    ),
    "a political law": (({**PENDING, "country": "TR", "law": "TCK 299"},), {}, "/history/0/law", "the provision 299"),
    "a refugee": (
        (),
        {"distinguishing_marks": "Germany granted him asylum."},
        "/subject/distinguishing_marks",
        "asylum",
    ),
    "a political offence": ((PENDING, with_offence("political")), {}, "/history/1/offence/category", "never a ground"),
    "behaviour alone": ((with_offence("behaviour"),), {}, "/history/0/offence/category", "not the only ground"),
    "behaviour after an acquittal": (
        (ACQUITTAL, with_offence("family")),
        {},
        "/history/1/offence/category",
        "not the only ground",
    ),
    "an accused witness": ((CONVICTION,), {"person_status": "witness"}, "/history/0/outcome", "of a witness"),
    "convicted of nothing": ((PENDING,), CONVICTED, "/subject/person_status", "`suspect` or `charged`"),
    "a suspect who is convicted": ((CONVICTION,), {}, "/subject/person_status", "`convicted`"),
    "born tomorrow": ((), {"date_of_birth": "2026-12"}, "/subject/date_of_birth", "not in the future"),
    "an offence to come": (({**PENDING, "date": "2026-12"},), {}, "/history/0/date", "not in the future"),
    "a judgment to come": (({**CONVICTION, "decided": "2027"},), CONVICTED, "/history/0/decided", "not in the future"),
    "an offence before the birth": (({**PENDING, "date": "1979"},), {}, "/history/0/date", "after the birth"),
    "a judgment before the birth": (
        ({**CONVICTION, "date": "1970/2019", "decided": "1975"},),
        CONVICTED,
        "/history/0/decided",
        "after the birth",
    ),
    "an offence of a small child": (({**PENDING, "date": "1987-05-05"},), {}, "/history/0/date", "was 7 at the least"),
    "another identity born tomorrow": (
        (),
        {"identities": [{"name": "Oster"}, {"name": "Oster", "date_of_birth": "2026-12"}]},
        "/subject/identities/1/date_of_birth",
        "not in the future",
    ),
    "the suspension of nothing": (
        ({**CONVICTION, "sentence": {"fine": "900 EUR", "suspended": True}},),
        CONVICTED,
        "/history/0/sentence/imprisonment_months",
        "that is suspended",
    ),
    "a case twice": ((PENDING, FRAUD, PENDING), {}, "/history/2", "that of /history/0"),
    "a judgment before the offence": (
        ({**CONVICTION, "decided": "2019-06-13"},),
        CONVICTED,
        "/history/0/decided",
        "not before the offence",
    ),
}


@pytest.mark.parametrize(("history", "subject", "pointer", "wanted"), FAULTY.values(), ids=list(FAULTY))
def test_a_file_that_cannot_be_so_is_refused_with_what_to_change(
    history: tuple[dict[str, Any], ...], subject: dict[str, Any], pointer: str, wanted: str
) -> None:
    """When it is entered, and when it is corrected."""
    with pytest.raises(FileIncomplete) as at_entry:
        file_of(OWNER, *history, **subject)
    with pytest.raises(FileIncomplete) as at_correction:
        rules.correct(file_of(OWNER), entry(*history, **subject), by=OWNER, revision=LATER)
    for refused in (at_entry, at_correction):
        faults = {each["pointer"]: each["detail"] for each in refused.value.members["errors"]}
        assert wanted in faults[pointer]


def test_what_is_possible_with_the_dates_is_not_refused() -> None:
    """Who was 7, what a small child suffered or saw, a birth that is known in part, the birth of a false identity."""
    on_birthday = {**PENDING, "date": "1987-05-06"}
    assert file_of(OWNER, on_birthday).history[0].date == "1987-05-06"
    for status in PROTECTED:
        assert file_of(OWNER, {**PENDING, "date": "1983"}, person_status=status)
    assert file_of(OWNER, {**PENDING, "date": "1985"}, date_of_birth="1970/1984")
    assert file_of(OWNER, identities=[{"name": "Oster", "date_of_birth": "2022"}])


def test_the_documented_example_is_a_file() -> None:
    """As it stands."""
    file = rules.enter(PersonEntry.model_validate(EXAMPLE), by=OWNER, revision=Revision(uuid7(NOW), NOW))
    assert (file.status, file.purpose, len(file.history)) == ("in-force", "criminal-investigation", 2)


@pytest.mark.parametrize("category", OffenceCategory)
def test_an_excluded_offence_is_no_ground_alone_and_a_forbidden_one_never(category: OffenceCategory) -> None:
    """Beside an ordinary crime, or where it serves a serious one, an excluded offence may be in the history."""
    serving = with_offence(category, serves_serious_crime="Extortion by a gang.")
    for history in ((with_offence(category),), ({**PENDING, "date": "2018"}, with_offence(category)), (serving,)):
        is_allowed = category not in FORBIDDEN and (
            category not in EXCLUDED or len(history) > 1 or history[0] is serving
        )
        if is_allowed:
            assert len(file_of(OWNER, *history).history) == len(history)
        else:
            with pytest.raises(FileIncomplete):
                file_of(OWNER, *history)


@pytest.mark.parametrize("status", StatusOfPerson)
def test_a_file_is_kept_by_the_status_of_the_person(status: StatusOfPerson) -> None:
    """The convicted five years, all others one; nobody is on file because they are missing or wanted."""
    history = CONVICTION if status is StatusOfPerson.CONVICTED else PENDING
    if status not in STATUSES.fitting:
        with pytest.raises(StatusDoesNotFit):
            file_of(OWNER, history, person_status=status)
        return
    file = file_of(OWNER, history, person_status=status)
    term = DEFAULT_RETENTION if status is StatusOfPerson.CONVICTED else timedelta(days=365)
    assert (file.expires - NOW, rules.kept_for(file)) == (term, term)


def test_a_file_must_state_the_status_of_the_person() -> None:
    """None is derived, as it would accuse."""
    with pytest.raises(ValidationError, match="person_status"):
        PersonEntry.model_validate({"subject": {"name": "Marvellier"}, "history": [PENDING]})


def test_the_file_of_a_victim_is_not_for_the_analysis_of_crime() -> None:
    for status in PROTECTED:
        assert "crime-analysis" not in file_of(OWNER, person_status=status).fitting_purposes()


def test_a_conviction_keeps_the_file_for_five_years_and_a_lesser_status_never_longer_than_before() -> None:
    """From the correction on; a correction of anything else does not change the term."""
    suspect = file_of(OWNER)
    convicted = rules.correct(suspect, entry(CONVICTION, **CONVICTED), by=OWNER, revision=LATER)
    assert convicted.expires == LATER.at + DEFAULT_RETENTION
    assert rules.correct(suspect, entry(FRAUD), by=OWNER, revision=LATER).expires == suspect.expires
    soon = convicted.model_copy(update={"expires": LATER.at + timedelta(days=3)})
    assert rules.correct(soon, entry(), by=OWNER, revision=LATER).expires == soon.expires
    assert rules.correct(convicted, entry(), by=OWNER, revision=LATER).expires == LATER.at + rules.REVIEWED_YEARLY


def test_the_convicted_are_kept_for_five_years_after_the_last_conviction_that_was_entered() -> None:
    """Not after a correction of one, nor after a further case that is pending."""
    former = file_of(OWNER, CONVICTION, **CONVICTED)
    again = {**CONVICTION, "offence": {"category": "fraud"}, "decided": "2024-02"}
    for history, starts in (((CONVICTION, again), True), ((CONVICTION, FRAUD), False), ((again,), False)):
        corrected = rules.correct(former, entry(*history, **CONVICTED), by=OWNER, revision=LATER)
        assert corrected.expires == (LATER.at + DEFAULT_RETENTION if starts else former.expires)


outcomes = st.lists(st.sampled_from(["pending", "acquitted", "discontinued"]), min_size=1, max_size=5)


@given(outcomes, st.sampled_from(["suspect", "charged"]))
def test_a_file_ends_exactly_when_the_person_was_cleared_of_all_its_entries(drawn: list[str], status: str) -> None:
    """The owner keeps the history; others see what remains, and a new case opens the file again."""
    history = [
        {**(PENDING if each == "pending" else ACQUITTAL), "outcome": each, "reference": f"2020/{number}"}
        for number, each in enumerate(drawn)
    ]
    corrected = rules.correct(file_of(OWNER), entry(*history, person_status=status), by=OWNER, revision=LATER)
    has_ended = "pending" not in drawn
    assert (corrected.status is PersonFileStatus.ENDED) is has_ended
    assert len(corrected.shown_to(OWNER).history) == len(drawn)
    assert {case.outcome for case in corrected.shown_to(STRANGER).history}.isdisjoint(CLEARED)
    assert len(corrected.shown_to(STRANGER).history) == drawn.count("pending")
    assert corrected.expires <= LATER.at + rules.REVIEWED_YEARLY
    again = rules.correct(corrected, entry(*history, FRAUD), by=OWNER, revision=LATER)
    assert (again.status, again.expires >= corrected.expires) == (PersonFileStatus.IN_FORCE, True)


def test_a_file_of_which_the_person_was_cleared_is_not_entered() -> None:
    """There is no ground for it."""
    with pytest.raises(FileIncomplete, match="no ground"):
        file_of(OWNER, ACQUITTAL)


def test_only_the_owner_corrects_and_withdraws_a_file_and_a_withdrawn_one_stays_withdrawn() -> None:
    file = file_of(OWNER)
    withdrawn = rules.withdraw(file, by=OWNER, revision=LATER)
    assert (withdrawn.status, rules.state_of(withdrawn)) == ("withdrawn", "withdrawn")
    for act in (
        lambda of, by: rules.withdraw(of, by=by, revision=LATER),
        lambda of, by: rules.correct(of, entry(), by=by, revision=LATER),
    ):
        with pytest.raises(NotTheOwner):
            act(file, STRANGER)
        with pytest.raises(IllegalStep):
            act(withdrawn, OWNER)


def test_the_links_of_a_file_are_shown_to_its_owner_and_the_commission_alone() -> None:
    linked = file_of(OWNER).model_copy(update={"links": LINKS})
    commission = caller("CCF")
    assert linked.shown_to(OWNER).links == linked.shown_to(commission).links == LINKS
    assert linked.shown_to(STRANGER).links == linked.shown_to(caller("IPSG")).links == ()


@pytest.mark.thorough
def test_synthetic_files_are_as_the_rules_require() -> None:
    """Of people who do not exist; some were cleared."""
    random = Random(3)  # noqa: S311 - nothing secret is drawn
    files = [synthetic_file(random, synthetic_person(random), BureauCode("FR"), NOW) for _ in range(300)]
    assert {file.status for file in files} == {*PersonFileStatus}
    assert {file.person_status for file in files} == {*STATUSES.fitting}
    for file in files:
        assert file.expires > NOW
        assert all(case.sentence for case in file.history if case.outcome is CaseOutcome.CONVICTED)
        assert bool(in_force(file.history)) is (file.status is not PersonFileStatus.ENDED)
