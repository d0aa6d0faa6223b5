"""Complete notices of each colour about fictitious subjects, as a bureau would send them."""

from typing import Any

from pydantic import TypeAdapter

from services.notices.entries import NoticeEntry

_ENTRIES: TypeAdapter[Any] = TypeAdapter(NoticeEntry)

PERSON: dict[str, Any] = {
    "kind": "person",
    "name": "Marvellier",
    "forename": "Étienne Noël",
    "sex": "M",
    "date_of_birth": "1980-05-06",
    "nationalities": ["FR", "CH"],
    "height": 178,
}
EVENT: dict[str, Any] = {"date": "2026-02-11", "place": "Vernbourg, harbour", "country": "FR"}
WARRANT: dict[str, Any] = {
    "issuing_country": "FR",
    "reference": "TJ-2026-1187",
    "charge": "Vol avec arme",
    "law": "Code pénal 311-8",
    "offence": {"category": "robbery"},
    "maximum_penalty_months": 120,
}

SUSPECT = {**PERSON, "person_status": "suspect"}

COMPLETE: dict[str, dict[str, Any]] = {
    "red": {
        "subject": PERSON,
        "warrants": [WARRANT],
        "facts": "Held up a jeweller's.",
        "event": EVENT,
        "extradition_sought": True,
    },
    "blue": {"subject": {**PERSON, "person_status": "witness"}, "facts": "Witness of a robbery."},
    "green": {"subject": {**PERSON, "person_status": "convicted"}, "facts": "Has robbed in three countries."},
    "yellow": {
        "subject": PERSON,
        "police_report": "VRN-2026-004417",
        "last_known_place": "Vernbourg",
        "circumstances": "Left for work and did not arrive.",
    },
    "black": {"subject": {"kind": "person", "evidence": ["dna"]}, "event": EVENT},
    "orange": {"subject": {"kind": "object", "name": "Parcel bomb"}, "facts": "Sent to three embassies."},
    "purple": {"subject": {"kind": "object", "name": "Car battery", "description": "Has a cavity below the cells."}},
    "silver": {"subject": SUSPECT, "facts": "Bought flats with the proceeds of fraud."},
    "un-special": {
        "subject": {"kind": "entity", "name": "Blue Harbour Trading"},
        "un_listing": {"reference": "SYe.999", "resolution": "1267"},
    },
}


def complete(colour: str, **changes: Any) -> dict[str, Any]:
    """Return a complete notice, with some changes."""
    return {"colour": colour, **COMPLETE[colour], **changes}


def red_about(**subject: Any) -> dict[str, Any]:
    """Return a red notice about a person whose description is changed."""
    return complete("red", subject={**PERSON, **subject})


def entry(content: dict[str, Any]) -> Any:
    """Return the entry of a content, of whatever colour. Raises ValidationError."""
    return _ENTRIES.validate_python(content)
