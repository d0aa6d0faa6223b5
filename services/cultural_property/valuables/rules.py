"""What may be done to a record of a valuable, and how a search meets it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from services.cultural_property.measurements import as_compared
from services.cultural_property.rules import ADVICE
from services.cultural_property.valuables.entry_warnings import entry_warnings
from services.cultural_property.valuables.identifiers import has_wrong_imei_digit, luhn_digit
from services.cultural_property.valuables.models import Valuable, ValuableDescription, ValuableQuery, ValuableStatus
from services.cultural_property.vocabulary.makes import fits_make, standard_make
from shared.codes.word_list import folded
from shared.errors import Refusal
from shared.identity import Caller
from shared.numbers import signs_of
from shared.personal_data import require_no_personal_data
from shared.records import service_kit as kit

NARROWING: Final = ("kind", "make", "model")
UNTIL_ENDED: Final = kit.SoughtUntilEnded[Valuable](
    "a stolen valuable",
    member="status",
    is_sought=lambda valuable: valuable.status is ValuableStatus.STOLEN,
    recovered=ValuableStatus.RECOVERED,
    withdrawn=ValuableStatus.WITHDRAWN,
)
recover = UNTIL_ENDED.recover
withdraw = UNTIL_ENDED.withdraw


class ImeiCheckDigitWrong(Refusal, status=422, code="imei-check-digit", title="The check digit of the IMEI is wrong"):
    """Every IMEI has one, so a wrong one is a typing error, or the number was altered."""


def enter(description: ValuableDescription, by: Caller, revision: kit.Revision) -> Valuable:
    """Return the record that a bureau enters. Raises EventInFuture, ImeiCheckDigitWrong, PersonalData."""
    kit.require_past_event(description.event_date, today=revision.at.date())
    require_acceptable(description)
    derived = derived_from(description)
    return kit.create_record(Valuable, description, by=by, revision=revision, status=ValuableStatus.STOLEN, **derived)


def correct(valuable: Valuable, description: ValuableDescription, by: Caller, revision: kit.Revision) -> Valuable:
    """Return the record with a new description. Raises NotTheOwner, IllegalStep and what `enter` raises."""
    kit.require_owner(valuable, by)
    UNTIL_ENDED.require_sought(valuable, "corrected")
    kit.require_past_event(description.event_date, today=revision.at.date())
    return restate(valuable, description, at=revision.at)


def restate(valuable: Valuable, description: ValuableDescription, *, at: datetime) -> Valuable:
    """Return the record with a new description and what follows from it. Raises ImeiCheckDigitWrong, PersonalData."""
    require_acceptable(description)
    return valuable.next_version(at, **kit.input_fields(description), **derived_from(description))


def derived_from(description: ValuableDescription) -> dict[str, Any]:
    """Return the fields of a record that follow from its entry."""
    return {"compared": as_compared(description.measurements), "warnings": entry_warnings(description)}


def require_acceptable(description: ValuableDescription) -> None:
    """Require IMEIs that can be right, or stand so on the device, and no personal data.

    Raises ImeiCheckDigitWrong, PersonalData.
    """
    for member in ("imei", "second_imei"):
        number: str | None = getattr(description, member)
        if number is not None and has_wrong_imei_digit(number) and not description.as_on_device:
            detail = (
                f"ends in {number[-1]}, and by the other figures would end in {luhn_digit(number[:-1])}: read it "
                "again; if it stands so on the device, state as_on_device: true"
            )
            raise ImeiCheckDigitWrong(detail, at=f"/{member}")
    require_no_personal_data(description.free_texts(), ADVICE, quoted=description.quoted_texts())


def state(record: Valuable) -> kit.Comparison:
    """Return whether a valuable is still stolen."""
    is_stolen = record.status is ValuableStatus.STOLEN
    return kit.compared("status", ValuableStatus.STOLEN, record.status, is_met=is_stolen)


def identifiers(record: Valuable) -> dict[str, str]:
    """Return the IMEI, and the serial number of its make, while it is sought: nothing else has them."""
    if record.status is not ValuableStatus.STOLEN:
        return {}
    numbers = {"imei": record.imei} if record.imei else {}
    if record.serial_number and record.make:
        numbers["serial_number"] = f"{folded(standard_make(record.make))} {signs_of(record.serial_number)}"
    return numbers


def words_of(record: Valuable) -> tuple[str, ...]:
    """Return the words of the engraving."""
    return kit.words_of(record.engraving)


def narrowing(record: Valuable, query: ValuableQuery) -> Iterator[kit.Comparison]:
    """Yield how a valuable meets kind, make and model where asked; a make must contradict it not to fit."""
    if query.kind is not None:
        yield kit.compared("kind", query.kind, record.kind, is_met=query.kind is record.kind)
    if query.make is not None:
        yield kit.compared_words("make", query.make, [record.make], fits_make)
    if query.model is not None:
        yield kit.compared_words("model", query.model, [record.model], _fits_model)


def _fits_model(asked: str, found: str) -> bool | None:
    """Return whether a model begins with another; there is no list of models, so any other may be the same."""
    one, other = folded(asked), folded(found)
    return True if one.startswith(other) or other.startswith(one) else None
