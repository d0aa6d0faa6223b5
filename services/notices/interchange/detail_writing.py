"""Writes a notice as the public notices API shows it in detail.

A line for bureaus has the member `entry` besides: the whole content as the issuer entered it, which an extract lacks.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from services.notices.colours import Colour
from services.notices.entries import CommonEntry, Event, RedEntry, UnSpecialEntry, YellowEntry
from services.notices.models import NoticeRecord
from services.notices.subjects import Organisation, Person, Thing, full_name
from services.notices.warrants import Warrant
from shared.dates import slashed
from shared.records import service_kit as kit

# Ids of records in this network, not content.
_LEFT_OUT: Final = {"links"}


def line_of(notice: NoticeRecord, base: str, *, whole: bool) -> dict[str, Any]:
    """Return the line of a notice: the public detail, and `entry` if it is whole. `base` is that of a gateway."""
    detail = {**detail_of(notice), "entity_id": notice.number}
    detail |= {"_embedded": {"links": []}, "_links": _links(notice, base)}
    return detail | {"entry": content_of(notice)} if whole else detail


def path_of(content: CommonEntry) -> str | None:
    """Return the kind in the public API to which a notice belongs, or None."""
    match content.colour:
        case Colour.RED | Colour.YELLOW:
            return content.colour.value
        case Colour.UN_SPECIAL:
            return "un/persons" if isinstance(content.subject, Person) else "un/entities"
        case _:
            return None


def detail_of(content: CommonEntry) -> dict[str, Any]:
    """Return the members of the public detail that say what a notice is about."""
    subject, detail = content.subject, dict[str, Any]()
    detail |= _of_person(subject) if isinstance(subject, Person) else _of_other(subject)
    if isinstance(content, RedEntry):
        detail["arrest_warrants"] = [*_charges(content.warrants)]
    elif isinstance(content, YellowEntry):
        event = content.event or Event()
        detail |= {"date_of_event": slashed(event.date), "place": event.place, "country": event.country}
        detail |= {"birth_name": content.subject.birth_name, **_family(content.subject)}
    elif isinstance(content, UnSpecialEntry):
        detail |= _listing(content)
    return detail


def content_of(notice: NoticeRecord) -> dict[str, Any]:
    """Return what the issuer of a notice entered, without what is left at its default."""
    names = {*kit.input_of(type(notice)).model_fields} - _LEFT_OUT
    content = notice.model_dump(mode="json", include=names, exclude_defaults=True)
    # These choose a schema, and are not left out as defaults are.
    subject = {"kind": notice.subject.kind, **content.get("subject", {})}
    return content | {"colour": notice.colour.value, "subject": subject}


def _of_person(person: Person) -> dict[str, Any]:
    return {
        "forename": person.forename,
        "name": person.name or person.single_name,
        "date_of_birth": slashed(person.date_of_birth),
        "nationalities": [*person.nationalities] or None,
        "sex_id": person.sex.value,
        "country_of_birth_id": person.country_of_birth,
        "place_of_birth": person.place_of_birth,
        "height": (person.height or 0) / 100,
        "weight": person.weight or 0,
        "distinguishing_marks": person.distinguishing_marks,
        "eyes_colors_id": [each.value for each in person.eyes] or None,
        "hairs_id": [each.value for each in person.hair] or None,
        "languages_spoken_ids": [*person.languages] or None,
    }


def _of_other(subject: Organisation | Thing) -> dict[str, Any]:
    return {**_of_person(Person()), "name": subject.name}


def _family(person: Person) -> dict[str, Any]:
    members = ("father_forename", "mother_forename", "mother_name")
    return {member: getattr(person, member) for member in members}


def _listing(content: UnSpecialEntry) -> dict[str, Any]:
    subject, listing = content.subject, content.un_listing
    person = subject if isinstance(subject, Person) else Person()
    resolution = listing.resolution if listing else None
    others = [name for each in person.identities if (name := full_name(each))]
    return {
        "un_reference": listing.reference if listing else None,
        "un_resolution": int(resolution) if resolution and re.fullmatch("[1-9][0-9]{0,8}", resolution) else resolution,
        "aliases": [*subject.aliases, *others],
        "name_at_birth": person.birth_name,
        "name_in_original_script": next(iter(person.names_in_other_scripts), None),
        **_family(person),
    }


def _charges(warrants: tuple[Warrant, ...]) -> Iterator[dict[str, Any]]:
    for warrant in warrants:
        for charge in warrant.charges:
            said = {"charge": charge.charge, "charge_translation": charge.charge_translation}
            yield {"issuing_country_id": warrant.issuing_country, **said}


def _links(notice: NoticeRecord, base: str) -> dict[str, Any]:
    kind = path_of(notice)
    if kind is None or notice.number is None:
        return {"self": {"href": f"{base}/api/notices/{notice.id}"}}
    url = f"{base}/notices/v1/{kind}/{notice.number.replace('/', '-')}"
    links = {"self": url, "images": f"{url}/images"}
    if notice.photographs:
        links["thumbnail"] = f"{url}/images/{int(notice.photographs[0].id) + 1:08d}"
    return {name: {"href": href} for name, href in links.items()}
