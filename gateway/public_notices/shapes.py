"""The answers of the public notices API, member by member as programs written for INTERPOL's own expect them.

Members that begin with an underscore are those of HAL. The models describe the answers; functions make them of what the
notices service answers.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.public_notices.kinds import PATH_OF, Kind
from gateway.public_notices.parameters import MOST_PER_PAGE, Asked
from gateway.public_notices.replies import Extract, Line, Lines, Subject
from gateway.public_notices.source import thumbnail_of
from shared.dates import slashed

_HREF: Final = "https://gateway.example/notices/v1/"
_DATE: Final = Field(description="`YYYY/MM/DD`, `YYYY/MM` or `YYYY`, as far as it is known.", examples=["1987/04/19"])
_CODES: Final = Field(description="ISO 3166-1 alpha-2; null if unknown.", examples=[["FR"]])
_ID: Final = Field(description="The number of the notice.", examples=["2026/52482"])


class HalLink(BaseModel):
    """A link."""

    href: str = Field(examples=[f"{_HREF}red/2026-52482"])


class _Answer(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class PageLinks(BaseModel):
    """The pages of a list; `next` is absent on the last one."""

    self: HalLink
    first: HalLink
    next: HalLink | None = None
    last: HalLink


class NoticeLinks(BaseModel):
    """The parts of a notice; `thumbnail` is absent where there is no picture."""

    self: HalLink
    images: HalLink
    thumbnail: HalLink | None = None


class ListedNotice(_Answer):
    """A notice in a list."""

    forename: str | None = Field(description="All forenames.", examples=["Jean Marie"])
    date_of_birth: str | None = _DATE
    entity_id: str = _ID
    nationalities: list[str] | None = _CODES
    name: str | None = Field(description="Family name, or the only one.", examples=["Dupont"])
    links: NoticeLinks = Field(alias="_links")


class ListedNotices(BaseModel):
    """The notices of a page."""

    notices: list[ListedNotice]


class NoticesPage(_Answer):
    """One page of a list."""

    total: int = Field(description=f"How many fit; pages reach the first {MOST_PER_PAGE}.", examples=[1])
    query: dict[str, str | int] = Field(
        description="The page that is shown, and what was asked.", examples=[{"page": 1, "resultPerPage": 20}]
    )
    embedded: ListedNotices = Field(alias="_embedded")
    links: PageLinks = Field(alias="_links")


class PublicWarrant(BaseModel):
    """A charge of a warrant."""

    issuing_country_id: str | None = Field(examples=["FR"])
    charge: str | None = Field(examples=["Vol avec arme"])
    charge_translation: str | None = Field(examples=["Armed robbery"])


class NoLinks(BaseModel):
    """Linked notices: none are public."""

    links: list[str] = Field(examples=[[]])


class _PersonNotice(_Answer):
    forename: str | None = Field(examples=["Jean Marie"])
    name: str | None = Field(examples=["Dupont"])
    date_of_birth: str | None = _DATE
    entity_id: str = _ID
    nationalities: list[str] | None = _CODES
    sex_id: str | None = Field(description="M, F or U.", examples=["M"])
    country_of_birth_id: str | None = Field(examples=["FR"])
    place_of_birth: str | None = Field(examples=["Marville"])
    height: float = Field(description="In metres; 0 if unknown.", examples=[1.72])
    weight: int = Field(description="In kilograms; 0 if unknown.", examples=[64])
    distinguishing_marks: str | None = Field(examples=["scar on the left forearm"])
    eyes_colors_id: list[str] | None = Field(examples=[["BRO"]])
    hairs_id: list[str] | None = Field(examples=[["BLA"]])
    languages_spoken_ids: list[str] | None = Field(description="ISO 639-2/B.", examples=[["FRE"]])
    embedded: NoLinks = Field(alias="_embedded")
    links: NoticeLinks = Field(alias="_links")


class PublicRedNotice(_PersonNotice):
    """A red notice as the public sees it."""

    arrest_warrants: list[PublicWarrant] = Field(description="One for each charge.")


class PublicYellowNotice(_PersonNotice):
    """A yellow notice as the public sees it."""

    birth_name: str | None = Field(examples=["Martin"])
    date_of_event: str | None = _DATE
    place: str | None = Field(description="Where the person was last.", examples=["Marville, railway station"])
    country: str | None = Field(examples=["FR"])
    father_forename: str | None = Field(examples=["Marcel"])
    mother_forename: str | None = Field(examples=["Alice"])
    mother_name: str | None = Field(examples=["Morel"])


class PublicUnNotice(_PersonNotice):
    """An INTERPOL-United Nations Security Council special notice as the public sees it."""

    un_reference: str | None = Field(examples=["QDi.999"])
    un_resolution: int | str | None = Field(description="A number if it is one.", examples=[1267])
    aliases: list[str] = Field(examples=[["Blue Harbour"]])
    name_at_birth: str | None = Field(examples=["Martin"])
    name_in_original_script: str | None = Field(examples=["Жан Дюпон"])
    father_forename: str | None = Field(examples=["Marcel"])
    mother_forename: str | None = Field(examples=["Alice"])
    mother_name: str | None = Field(examples=["Morel"])


class PublicPicture(_Answer):
    """A picture of a notice."""

    picture_id: str = Field(examples=["62412748"])
    links: dict[str, HalLink] = Field(alias="_links", examples=[{"self": {"href": _HREF}}])


class PublicPictures(BaseModel):
    """The pictures of a notice."""

    images: list[PublicPicture]


class ImageLinks(BaseModel):
    """The links of the pictures; `thumbnail` is absent where there is none."""

    self: HalLink
    notice: HalLink
    thumbnail: HalLink | None = None


class ImagesAnswer(_Answer):
    """The pictures of a notice, and their links."""

    embedded: PublicPictures = Field(alias="_embedded")
    links: ImageLinks = Field(alias="_links")


class PublicCountry(BaseModel):
    """A country by its code."""

    value: str = Field(description="ISO 3166-1 alpha-2.", examples=["FR"])
    name: str = Field(description="In English.", examples=["France"])


class PublicError(BaseModel):
    """Why a request was not answered."""

    status: int = Field(examples=[404])
    name: str = Field(examples=["NotFoundError"])
    message: str = Field(examples=["Not Found"])


_NAMES: Final = {
    400: ("BadRequestError", "Bad Request"),
    403: ("ForbiddenError", "Forbidden"),
    404: ("NotFoundError", "Not Found"),
    414: ("UriTooLongError", "URI Too Long"),
    405: ("MethodNotAllowedError", "Method Not Allowed"),
    429: ("TooManyRequestsError", "Too Many Requests"),
    500: ("InternalServerError", "Internal Server Error"),
    502: ("BadGatewayError", "Bad Gateway"),
    503: ("ServiceUnavailableError", "Service Unavailable"),
    504: ("GatewayTimeoutError", "Gateway Timeout"),
}


def error_of(status: int) -> dict[str, Any]:
    """Return the body of an answer with an error status."""
    name, message = _NAMES.get(status, ("Error", "Error"))
    return {"status": status, "name": name, "message": message}


def page_answer(base: str, kind: Kind, asked: Asked, found: Lines) -> dict[str, Any]:
    """Return one page of a list."""
    last = max(1, -(-min(found.total, MOST_PER_PAGE) // asked.per_page))
    links = {"self": found.page, "first": 1, "next": found.page + 1, "last": last}
    if found.page >= last:
        del links["next"]
    return {
        "total": found.total,
        "query": asked.echoed(found.page),
        "_embedded": {"notices": [_listed(base, line) for line in found.items]},
        "_links": {name: {"href": f"{base}/{kind.path}?{asked.link(page)}"} for name, page in links.items()},
    }


def _listed(base: str, line: Line) -> dict[str, Any]:
    return {
        "forename": line.forename,
        "date_of_birth": slashed(line.date_of_birth),
        "entity_id": line.number,
        "nationalities": _or_null(line.nationalities),
        "name": line.name,
        "_links": _links(_url(base, PATH_OF[line.kind], line.number), line.photograph),
    }


def notice_answer(base: str, kind: Kind, notice: Extract) -> dict[str, Any]:
    """Return a notice."""
    url = url_of(base, kind, notice)
    main = notice.photographs[0].id if notice.photographs else None
    common = {
        **_described(notice.subject),
        "entity_id": notice.number,
        "_embedded": {"links": []},
        "_links": _links(url, main),
    }
    match notice.colour:
        case "red":
            return {"arrest_warrants": [*_warrants(notice)], **common}
        case "yellow":
            return {**_event(notice), **_family(notice.subject), "birth_name": notice.subject.birth_name, **common}
        case _:
            return {**_listing(notice), **_family(notice.subject), **common}


def url_of(base: str, kind: Kind, notice: Extract) -> str:
    """Return the URL of a notice; one of the UN is below `persons` or `entities`, however it was asked for."""
    path = kind.path
    if kind.colour == "un-special":
        path = "un/persons" if notice.subject.kind == "person" else "un/entities"
    return _url(base, path, notice.number)


def images_answer(base: str, kind: Kind, notice: Extract) -> dict[str, Any]:
    """Return the pictures of a notice."""
    url = url_of(base, kind, notice)
    pictures = [each.id for each in notice.photographs]
    links = {"self": f"{url}/images", "notice": url}
    if pictures:
        links["thumbnail"] = f"{url}/images/{thumbnail_of(pictures[0])}"
    return {
        "_embedded": {
            "images": [{"picture_id": each, "_links": {"self": {"href": f"{url}/images/{each}"}}} for each in pictures]
        },
        "_links": {name: {"href": href} for name, href in links.items()},
    }


def _described(subject: Subject) -> dict[str, Any]:
    return {
        "forename": subject.forename,
        "name": subject.name or subject.single_name,
        "date_of_birth": slashed(subject.date_of_birth),
        "nationalities": _or_null(subject.nationalities),
        "sex_id": subject.sex,
        "country_of_birth_id": subject.country_of_birth,
        "place_of_birth": subject.place_of_birth,
        "height": (subject.height or 0) / 100,
        "weight": subject.weight or 0,
        "distinguishing_marks": subject.distinguishing_marks,
        "eyes_colors_id": _or_null(subject.eyes),
        "hairs_id": _or_null(subject.hair),
        "languages_spoken_ids": _or_null(subject.languages),
    }


def _family(subject: Subject) -> dict[str, Any]:
    return {
        "father_forename": subject.father_forename,
        "mother_forename": subject.mother_forename,
        "mother_name": subject.mother_name,
    }


def _event(notice: Extract) -> dict[str, Any]:
    event = notice.event
    return {
        "date_of_event": slashed(event.date) if event else None,
        "place": event.place if event else None,
        "country": event.country if event else None,
    }


def _listing(notice: Extract) -> dict[str, Any]:
    subject, listing = notice.subject, notice.un_listing
    resolution = listing.resolution if listing else None
    other_names = [each.single_name or f"{each.forename or ''} {each.name or ''}" for each in subject.identities]
    return {
        "un_reference": listing.reference if listing else None,
        "un_resolution": int(resolution) if resolution and re.fullmatch("[1-9][0-9]{0,8}", resolution) else resolution,
        "aliases": [name for each in (*subject.aliases, *other_names) if (name := each.strip())],
        "name_at_birth": subject.birth_name,
        "name_in_original_script": next(iter(subject.names_in_other_scripts), None),
    }


def _warrants(notice: Extract) -> Iterator[dict[str, Any]]:
    for warrant in notice.warrants:
        for charge in (warrant, *warrant.further_charges):
            yield {
                "issuing_country_id": warrant.issuing_country,
                "charge": charge.charge,
                "charge_translation": charge.charge_translation,
            }


def _links(url: str, photograph: str | None) -> dict[str, Any]:
    links = {"self": url, "images": f"{url}/images"}
    if photograph is not None:
        links["thumbnail"] = f"{url}/images/{thumbnail_of(photograph)}"
    return {name: {"href": href} for name, href in links.items()}


def _url(base: str, path: str, number: str) -> str:
    return f"{base}/{path}/{number.replace('/', '-')}"


def _or_null(values: Iterable[str]) -> list[str] | None:
    return [*values] or None
