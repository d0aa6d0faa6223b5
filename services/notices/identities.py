"""The test identities of the service: wanted people who do not exist, found by name or document, or not found."""

from datetime import datetime
from random import Random
from typing import Any, Final

from services.notices.colours import Colour
from services.notices.entries import RedEntry
from services.notices.examples import EXAMPLES
from services.notices.lifecycle import NoticeStatus
from services.notices.synthesis import persons as synthetic_persons
from services.notices.synthetic import Drawn, Plan, Review, drafted
from services.sandbox_identities import Identities, Identity, Outcome, barred_by, entered, owners_of
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

_BORN: Final = "1979-03-08"
IDENTITIES: Final = (
    Identity(Outcome.EXACT, {"name": "Cornelius Hagelbrand", "date_of_birth": _BORN}),
    Identity(Outcome.EXACT, {"document_number": "TST0000101"}),
    Identity(Outcome.TRANSLITERATED, {"name": "Yevgeni Zholtyshev", "date_of_birth": _BORN}),
    Identity(Outcome.TWIN, {"name": "Wendelin Kupferschlag", "date_of_birth": _BORN}),
    Identity(Outcome.TWIN, {"document_number": "TST0000102"}),
    Identity(Outcome.EXPIRED, {"name": "Rosamunde Felgentritt", "date_of_birth": _BORN}),
    Identity(Outcome.RESTRICTED, {"name": "Hyazinth Morgenrood", "date_of_birth": _BORN}),
    Identity(Outcome.TWO_OWNERS, {"name": "Euphemia Stavelock", "date_of_birth": _BORN}),
    Identity(Outcome.MANY, {"name": "Pankraz Vielerlei", "date_of_birth": _BORN}),
    Identity(Outcome.CONFIRMED, {"name": "Clothilde Jawohlsen", "date_of_birth": _BORN}),
    Identity(Outcome.DENIED, {"name": "Ferdinanda Neinbruck", "date_of_birth": _BORN}),
    Identity(Outcome.UNANSWERED, {"name": "Thusnelda Stillwasser", "date_of_birth": _BORN}),
    Identity(Outcome.WITHDRAWN, {"name": "Adelgunde Rauchfuss", "date_of_birth": _BORN}),
    Identity(Outcome.SLOW, {"name": "Kunigunde Schneckenhaus", "date_of_birth": _BORN}),
    Identity(Outcome.NOT_AUDITED, {"name": "Irmgard Tintenlos", "date_of_birth": _BORN}),
)
# The name as it is in the record, and there alone.
_IN_SCRIPT: Final = ("Евгений", "Желтышев")
_BORN_TWIN: Final = "1958-10-21"
_NUMBER_OF_TWIN: Final = "TST0000748"
_BY_DOCUMENT: Final = ("Theodora", "Knisterbach")
_RED: Final = EXAMPLES[Colour.RED]


def draw(random: Random, at: datetime) -> Drawn:
    """Return the records of all identities, as of a time: notices in force, and no criminal files."""
    review = Review(random)
    plans = [_plan(random, at, each, owner) for each in IDENTITIES for owner in owners_of(each.outcome)]
    notices = [review.fulfilled(plan) for plan in plans]
    none = synthetic_persons.Drawn([], {}, [])
    return Drawn(notices, {}, review.counts, none, Random(random.getrandbits(64)))  # noqa: S311 - the same each time


def _plan(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> Plan:
    revision = entered(random, at, identity.outcome, kit.DEFAULT_RETENTION)
    [warrant] = _RED["warrants"]
    content = RedEntry.model_validate(
        {
            "colour": Colour.RED,
            "subject": _subject(identity),
            "facts": "A test identity: nobody is wanted. Robbed a made-up bank of made-up money.",
            "language": "en",
            "event": {"date": (revision.at.date()).isoformat(), "place": "Made-up town", "country": owner},
            "warrants": [warrant | {"issuing_country": owner, "issued": revision.at.date().isoformat()}],
            "extradition_sought": True,
            "restricted": barred_by(identity.outcome),
        }
    )
    return Plan(drafted(random, owner, revision.at, content), content, NoticeStatus.PUBLISHED)


def _subject(identity: Identity) -> dict[str, Any]:
    is_twin, number = identity.outcome is Outcome.TWIN, identity.query.get("document_number")
    forename, name = _names(identity)
    documents = () if number is None else ((_NUMBER_OF_TWIN if is_twin else number),)
    return {
        "kind": "person",
        "person_status": "wanted",
        "forename": forename,
        "name": name,
        "date_of_birth": _BORN_TWIN if is_twin else _BORN,
        "sex": "F",
        "height": 170,
        "documents": [{"kind": "passport", "number": each, "country": "DE"} for each in documents],
    }


def _names(identity: Identity) -> tuple[str, str]:
    if identity.outcome is Outcome.TRANSLITERATED:
        return _IN_SCRIPT
    if "name" not in identity.query:
        return _BY_DOCUMENT
    forename, name = identity.query["name"].split()
    return forename, name


OF_SERVICE: Final = Identities("/api/notices/search", IDENTITIES, draw, lambda drawn: drawn.notices)
