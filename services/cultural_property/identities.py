"""The test identities of the service: works and valuables that do not exist, each found, or not found."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any, Final

from services.cultural_property import rules
from services.cultural_property.models import Work, WorkDescription
from services.cultural_property.synthetic import Drawn
from services.cultural_property.valuables.identities import VALUABLES, identities_of_valuables
from services.sandbox_identities import Identities, Identity, Outcome, barred_by, entered, owners_of
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

IDENTITIES: Final = (
    Identity(Outcome.EXACT, {"title": "Testbild mit Pelikan", "maker": "Ambros Niemandt"}),
    Identity(Outcome.EXACT, {"words": "probestempel zwölfzack"}),
    Identity(Outcome.TRANSLITERATED, {"title": "Ispytatelnyi zakat", "maker": "Arkadi Khvoshchetski"}),
    Identity(Outcome.TWIN, {"title": "Testbild mit Reiher", "maker": "Ambros Niemandt", "height_mm": "400"}),
    Identity(Outcome.EXPIRED, {"title": "Testbild mit Kranich"}),
    Identity(Outcome.RESTRICTED, {"title": "Testbild mit Storch"}),
    Identity(Outcome.TWO_OWNERS, {"title": "Testbild mit Ibis"}),
    Identity(Outcome.MANY, {"title": "Testbild mit Sperlingen"}),
    Identity(Outcome.CONFIRMED, {"title": "Testbild mit Kormoran"}),
    Identity(Outcome.DENIED, {"title": "Testbild mit Austernfischer"}),
    Identity(Outcome.UNANSWERED, {"title": "Testbild mit Löffler"}),
    Identity(Outcome.WITHDRAWN, {"title": "Testbild mit Rohrdommel"}),
    Identity(Outcome.SLOW, {"title": "Testbild mit Schnepfe"}),
    Identity(Outcome.NOT_AUDITED, {"title": "Testbild mit Blässhuhn"}),
)
_IN_SCRIPT: Final = {"title": "Испытательный закат", "maker": "Аркадий Хвощецкий"}
# More than a tenth from what is sought.
_HEIGHT, _HEIGHT_OF_TWIN = 40, 62


def draw(random: Random, at: datetime) -> Drawn:
    """Return the records of all identities, as of a time."""
    works = [_work(random, at, each, owner) for each in IDENTITIES for owner in owners_of(each.outcome)]
    return Drawn(works, identities_of_valuables(random, at))


def _records(drawn: Drawn) -> Sequence[kit.Record]:
    return [*drawn.works, *drawn.valuables]


def _work(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> Work:
    revision = entered(random, at, identity.outcome, kit.DEFAULT_RETENTION)
    height = _HEIGHT_OF_TWIN if identity.outcome is Outcome.TWIN else _HEIGHT
    description = WorkDescription(
        **_named(identity),
        type="painting",
        materials=("oil paint", "canvas"),
        measurements=(
            {"dimension": "height", "value": height, "unit": "cm"},
            {"dimension": "width", "value": 50, "unit": "cm"},
        ),
        features=(identity.query.get("words", "test identity, painted by nobody"),),
        event_date=revision.at.date().isoformat(),
        event_country=owner,
        restricted=barred_by(identity.outcome),
    )
    return rules.enter(description, by=seeding_officer(owner), revision=revision)


def _named(identity: Identity) -> dict[str, Any]:
    if identity.outcome is Outcome.TRANSLITERATED:
        return dict(_IN_SCRIPT)
    return {name: value for name, value in identity.query.items() if name in {"title", "maker"}}


OF_SERVICE: Final = Identities("/api/cultural-property/search", (*IDENTITIES, *VALUABLES), draw, _records)
