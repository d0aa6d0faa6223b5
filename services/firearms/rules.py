"""What may be done to a record of a firearm, and what narrows a check."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

from services.firearms.entry_warnings import entry_warnings
from services.firearms.models import Firearm, FirearmDescription, FirearmQuery, FirearmState
from shared.firearms.markings import identity_of
from shared.firearms.vocabulary.calibres import fits_calibre
from shared.firearms.vocabulary.makes import fits_make, fits_model, is_specific
from shared.identity import Caller
from shared.personal_data import require_no_personal_data
from shared.records import service_kit as kit

NARROWING: Final = ("make", "model", "calibre")
FREE_TEXT: Final = ("make_marked", "model", "calibre_marked", "import_mark", "other_markings", "event_place")
UNTIL_ENDED: Final = kit.SoughtUntilEnded[Firearm](
    "a firearm that is sought",
    member="state",
    is_sought=lambda firearm: firearm.state is FirearmState.SOUGHT,
    recovered=FirearmState.RECOVERED,
    withdrawn=FirearmState.WITHDRAWN,
)
recover = UNTIL_ENDED.recover
withdraw = UNTIL_ENDED.withdraw


def enter(description: FirearmDescription, by: Caller, revision: kit.Revision) -> Firearm:
    """Return the record of a firearm that a bureau enters. Raises EventInFuture, PersonalData."""
    kit.require_past_event(description.event_date, today=revision.at.date())
    require_acceptable(description)
    derived = derived_from(description)
    return kit.create_record(Firearm, description, by=by, revision=revision, state=FirearmState.SOUGHT, **derived)


def correct(firearm: Firearm, description: FirearmDescription, by: Caller, revision: kit.Revision) -> Firearm:
    """Return the record with a new description. Raises NotTheOwner, IllegalStep and what `enter` raises."""
    kit.require_owner(firearm, by)
    UNTIL_ENDED.require_sought(firearm, "corrected")
    kit.require_past_event(description.event_date, today=revision.at.date())
    return restate(firearm, description, at=revision.at)


def restate(firearm: Firearm, description: FirearmDescription, *, at: datetime) -> Firearm:
    """Return the record with a new description and what follows from it. Raises PersonalData."""
    require_acceptable(description)
    return firearm.next_version(at, **kit.input_fields(description), **derived_from(description))


def derived_from(description: FirearmDescription) -> dict[str, Any]:
    """Return the fields of a record that follow from its entry: what the entry warns of."""
    return {"warnings": entry_warnings(description)}


def require_acceptable(description: FirearmDescription) -> None:
    """Require that free texts and the number hold no personal data. Raises PersonalData."""
    texts = {f"/{member}": getattr(description, member) for member in FREE_TEXT}
    advice = "describe the firearm or the place alone; no person, address or number to call"
    require_no_personal_data(texts, advice, {"/serial_number": description.serial_number})


def add_photograph(firearm: Firearm, photograph: kit.Photograph, by: Caller, revision: kit.Revision) -> Firearm:
    """Return the firearm with one more photograph. Raises NotTheOwner, IllegalStep, PhotographsFull."""
    require_photographable(firearm, by)
    return firearm.next_version(revision.at, photographs=kit.with_photograph(firearm, photograph).photographs)


def remove_photograph(firearm: Firearm, photograph_id: str, by: Caller, revision: kit.Revision) -> Firearm:
    """Return the firearm without a photograph. Raises NotTheOwner, NotFound."""
    kit.require_owner(firearm, by)
    left = kit.without_photograph(firearm, photograph_id).photographs
    return firearm.next_version(revision.at, photographs=left)


def require_photographable(firearm: Firearm, by: Caller) -> None:
    """Require the owner, and a firearm that is still sought. Raises NotTheOwner, IllegalStep."""
    kit.require_owner(firearm, by)
    UNTIL_ENDED.require_sought(firearm, "photographed")


def state(record: Firearm) -> kit.Comparison:
    """Return whether a firearm is still sought."""
    is_sought = record.state is FirearmState.SOUGHT
    return kit.compared("status", FirearmState.SOUGHT, record.state, is_met=is_sought)


def proves(query: FirearmQuery) -> bool:
    """Return whether a serial number is stated with a make that tells one maker from others."""
    return is_specific(query.make)


def narrowing(record: Firearm, query: FirearmQuery) -> Iterator[kit.Comparison]:
    """Yield how a firearm meets make, model and calibre where asked; only what contradicts them does not fit."""
    if query.make:
        yield kit.compared_words("make", query.make, [record.make], fits_make)
    if query.model:
        yield kit.compared_words("model", query.model, [record.model], partial(fits_model, make=record.make))
    if query.calibre:
        yield kit.compared_words("calibre", query.calibre, [record.calibre], fits_calibre)


def identifiers(record: Firearm) -> dict[str, str]:
    """Return the number with its make while the firearm is sought: no other firearm has both."""
    if record.state is not FirearmState.SOUGHT or not is_specific(record.make):
        return {}
    return {"serial_number": identity_of(record.make, record.serial_number)}
