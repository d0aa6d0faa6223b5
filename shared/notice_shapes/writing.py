"""Writes the public detail of a notice and its links."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from shared.dates import slashed
from shared.notice_shapes.contents import Content, Identity, Subject


def path_of(colour: str, subject: str) -> str | None:
    """Return the path of the list in which a notice of a colour about a kind of subject is; None if in none."""
    match colour:
        case "red" | "yellow":
            return colour
        case "un-special":
            return "un/persons" if subject == "person" else "un/entities"
        case _:
            return None


def detail_of(content: Content) -> dict[str, Any]:
    """Return the members that say what a notice is about: those of its colour, if it is of the public API."""
    described = _described(content.subject)
    match content.colour:
        case "red":
            return {"arrest_warrants": [*_charges(content)], **described}
        case "yellow":
            birth_name = {"birth_name": content.subject.birth_name}
            return {**_event(content), **_family(content.subject), **birth_name, **described}
        case "un-special":
            return {**_listing(content), **_family(content.subject), **described}
        case _:
            return described


def links_of(url: str, photograph: str | None) -> dict[str, Any]:
    """Return the links of the notice of a URL, and of its main photograph if it has one."""
    links = {"self": url, "images": f"{url}/images"}
    if photograph is not None:
        links["thumbnail"] = f"{url}/images/{thumbnail_of(photograph)}"
    return {name: {"href": href} for name, href in links.items()}


def url_of(base: str, path: str, number: str) -> str:
    """Return the URL of a notice below the base of the API."""
    return f"{base}/{path}/{number.replace('/', '-')}"


def thumbnail_of(photograph: str) -> str:
    """Return the number of the thumbnail of a photograph: the next one, of eight figures."""
    return f"{int(photograph) + 1:08d}"


def or_null(values: Iterable[str]) -> list[str] | None:
    """Return values as a list; None in place of an empty one."""
    return [*values] or None


def _described(subject: Subject) -> dict[str, Any]:
    return {
        "forename": subject.forename,
        "name": subject.name or subject.single_name,
        "date_of_birth": slashed(subject.date_of_birth),
        "nationalities": or_null(subject.nationalities),
        "sex_id": subject.sex,
        "country_of_birth_id": subject.country_of_birth,
        "place_of_birth": subject.place_of_birth,
        "height": (subject.height or 0) / 100,
        "weight": subject.weight or 0,
        "distinguishing_marks": subject.distinguishing_marks,
        "eyes_colors_id": or_null(subject.eyes),
        "hairs_id": or_null(subject.hair),
        "languages_spoken_ids": or_null(subject.languages),
    }


def _family(subject: Subject) -> dict[str, Any]:
    return {
        "father_forename": subject.father_forename,
        "mother_forename": subject.mother_forename,
        "mother_name": subject.mother_name,
    }


def _event(content: Content) -> dict[str, Any]:
    event = content.event
    return {
        "date_of_event": slashed(event.date) if event else None,
        "place": event.place if event else None,
        "country": event.country if event else None,
    }


def _listing(content: Content) -> dict[str, Any]:
    subject, listing = content.subject, content.un_listing
    resolution = listing.resolution if listing else None
    return {
        "un_reference": listing.reference if listing else None,
        "un_resolution": int(resolution) if resolution and re.fullmatch("[1-9][0-9]{0,8}", resolution) else resolution,
        "aliases": [*subject.aliases, *filter(None, map(_full_name, subject.identities))],
        "name_at_birth": subject.birth_name,
        "name_in_original_script": next(iter(subject.names_in_other_scripts), None),
    }


def _full_name(identity: Identity) -> str:
    return identity.single_name or " ".join(filter(None, (identity.forename, identity.name)))


def _charges(content: Content) -> Iterator[dict[str, Any]]:
    for warrant in content.warrants:
        for charge in (warrant, *warrant.further_charges):
            said = {"charge": charge.charge, "charge_translation": charge.charge_translation}
            yield {"issuing_country_id": warrant.issuing_country, **said}
