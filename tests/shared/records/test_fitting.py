"""The purpose of a record and the status of its person: stated and fitting, or derived from kind and content."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, ValidationError

from shared.errors import Invalid
from shared.identity import ORDINARY_PURPOSES, Purpose
from shared.ids import uuid7
from shared.people import StatusOfPerson
from shared.records.fitting import (
    FittingStatuses,
    PurposeDoesNotFit,
    StatusDoesNotFit,
    listed,
    purpose_of,
    required_status,
    status_of,
)
from shared.records.persons import PersonInput, PersonStatusMember
from shared.records.policy import Record, RecordInput, Revision, create_record, input_fields
from shared.records.rules import corrected_input
from tests.conftest import NOW
from tests.shared.records.record_kind import Thing, ThingDescription
from tests.support import caller

FITTING = {"red": (Purpose.WANTED_PERSON,), "blue": (Purpose.LOCATE, Purpose.IDENTIFICATION)}
STATUSES = {
    "red": FittingStatuses((StatusOfPerson.WANTED, StatusOfPerson.CONVICTED), StatusOfPerson.WANTED),
    "blue": FittingStatuses((StatusOfPerson.SUSPECT, StatusOfPerson.WITNESS), None),
}
purposes, statuses = st.sampled_from(Purpose), st.sampled_from(StatusOfPerson)
some_purposes = st.lists(purposes, min_size=1, unique=True)


class Sought(PersonInput):
    """An entry whose content decides what fits it."""

    colour: str = "red"

    def fitting_purposes(self) -> Sequence[Purpose]:
        return FITTING[self.colour]

    def fitting_statuses(self) -> FittingStatuses:
        return STATUSES[self.colour]


class SoughtRecord(Sought, Record):
    """A record about a person, for tests only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_status: PersonStatusMember


def entered(token: Purpose = Purpose.SECURITY_CHECK, **stated: Any) -> SoughtRecord:
    officer = caller("FR", purpose=token)
    entry = Sought.model_validate(stated)
    return create_record(SoughtRecord, entry, by=officer, revision=Revision(uuid7(NOW), NOW))


@given(stated=st.none() | purposes, fitting=some_purposes)
def test_a_purpose_is_the_stated_one_if_it_fits_and_else_the_first_that_fits(
    stated: Purpose | None, fitting: list[Purpose]
) -> None:
    """One that does not fit is refused, with a pointer to it and the list of those that fit."""
    if stated is None or stated in fitting:
        assert purpose_of(stated, fitting) == (stated or fitting[0])
        return
    with pytest.raises(PurposeDoesNotFit) as refused:
        purpose_of(stated, fitting)
    [fault] = refused.value.members["errors"]
    assert (fault["in"], fault["pointer"]) == ("body", "/purpose")
    assert all(purpose in fault["detail"] for purpose in (stated, *fitting))


@given(stated=st.none() | statuses, fitting=st.lists(statuses, min_size=1, unique=True), derives=st.booleans())
def test_a_status_is_the_stated_one_if_it_fits_and_else_derived_or_asked_for(
    stated: StatusOfPerson | None, fitting: list[StatusOfPerson], derives: bool
) -> None:
    allowed = FittingStatuses(fitting, fitting[0] if derives else None)
    if stated in fitting or (stated is None and derives):
        assert required_status(stated, allowed, "/person_status") == (stated or fitting[0])
        return
    with pytest.raises(StatusDoesNotFit) as refused:
        required_status(stated, allowed, "/subject/person_status")
    [fault] = refused.value.members["errors"]
    assert (fault["in"], fault["pointer"]) == ("body", "/subject/person_status")
    # In one form, as everywhere: the names from the outermost, joined by `/`.
    assert refused.value.detail == f"subject/person_status: {fault['detail']}"
    assert fault["detail"].endswith(listed(fitting))


def test_a_status_that_may_be_missing_is_not_asked_for() -> None:
    """As in the draft of a notice."""
    assert status_of(None, STATUSES["blue"], "/person_status") is None


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ([Purpose.LOCATE], "locate"),
        ([Purpose.LOCATE, Purpose.WARNING], "locate or warning"),
        ([Purpose.LOCATE, Purpose.WARNING, Purpose.IDENTIFICATION], "locate, warning or identification"),
    ],
)
def test_codes_are_listed_as_text(codes: list[Purpose], text: str) -> None:
    assert listed(codes) == text


@given(token=st.sampled_from(ORDINARY_PURPOSES))
def test_the_purpose_of_a_request_is_never_that_of_the_record(token: Purpose) -> None:
    """Not even where the record states none: its kind and content say."""
    assert entered(token, colour="red").purpose is Purpose.WANTED_PERSON
    assert entered(token, colour="blue", person_status="witness").purpose is Purpose.LOCATE


def test_a_kind_that_declares_no_purposes_takes_all_but_the_commissions() -> None:
    """Derived is that for which any record of the police may be entered."""
    for purpose in ORDINARY_PURPOSES:
        assert input_fields(ThingDescription(purpose=purpose))["purpose"] is purpose
    assert input_fields(ThingDescription())["purpose"] is Purpose.CRIMINAL_INVESTIGATION
    with pytest.raises(PurposeDoesNotFit):
        input_fields(ThingDescription(purpose=Purpose.DATA_SUBJECT_REQUEST))


def test_a_record_without_a_purpose_is_not_valid() -> None:
    """In every kind, though its entry may leave the purpose out: pydantic would take the field of the entry."""
    for kind in (Thing, SoughtRecord):
        assert kind.model_fields["purpose"].is_required()
    with pytest.raises(ValidationError, match="purpose"):
        SoughtRecord.model_validate({**entered().model_dump(), "purpose": None})
    assert not RecordInput.model_fields["purpose"].is_required()


def test_an_entry_of_a_record_about_a_person_has_the_status_that_fits() -> None:
    """Derived where there is a usual one, otherwise stated; a contradiction is refused."""
    assert entered(colour="red").person_status is StatusOfPerson.WANTED
    assert entered(colour="red", person_status="convicted").person_status is StatusOfPerson.CONVICTED
    for unfit in ({"colour": "blue"}, {"colour": "red", "person_status": "witness"}):
        with pytest.raises(StatusDoesNotFit):
            entered(**unfit)


def test_a_corrected_record_gets_another_purpose_only_if_the_former_one_no_longer_fits() -> None:
    """Unless the correction states one."""
    record = entered(colour="blue", person_status="witness", purpose=Purpose.IDENTIFICATION)
    assert corrected_input(record, {"handling": "CONFIDENTIAL"}).purpose is Purpose.IDENTIFICATION
    assert corrected_input(record, {"purpose": None}).purpose is Purpose.LOCATE
    to_red = {"colour": "red", "person_status": "wanted"}
    assert corrected_input(record, to_red).purpose is Purpose.WANTED_PERSON


@pytest.mark.parametrize(
    ("corrections", "pointer"),
    [
        ({"purpose": "warning"}, "/purpose"),
        ({"colour": "red", "person_status": "wanted", "purpose": "locate"}, "/purpose"),
        ({"colour": "red"}, "/person_status"),
        ({"person_status": None}, "/person_status"),
    ],
)
def test_a_correction_that_contradicts_the_record_is_refused(corrections: dict[str, Any], pointer: str) -> None:
    """The status of a person is never changed by a correction that does not state it."""
    with pytest.raises(Invalid) as refused:
        corrected_input(entered(colour="blue", person_status="witness"), corrections)
    [fault] = refused.value.members["errors"]
    assert (fault["in"], fault["pointer"]) == ("body", pointer)
