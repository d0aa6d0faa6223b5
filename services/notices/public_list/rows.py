"""The rows of the list of extracts that everybody may see: what a notice is found by there, from its extract alone."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from services.notices.colours import Colour
from services.notices.models import NoticeRecord
from services.notices.subjects.models import Organisation, Person
from shared.bureaus import PUBLIC
from shared.dates import days_of
from shared.records import service_kit as kit

# Of the text of an extract, which free text is sought in.
_LONGEST_TEXT: Final = 4000


class ExtractKind(StrEnum):
    """What the extracts of a list are about."""

    RED = "red"
    YELLOW = "yellow"
    UN_PERSONS = "un-persons"
    UN_ENTITIES = "un-entities"
    UN = "un"
    """Both of the two."""


def extract_table(metadata: sa.MetaData, notices: sa.Table) -> sa.Table:
    """Declare the table of the extracts that everybody may see: a row is there as long as everybody may.

    Rows are narrow, as a list with the true total reads all that fit.
    """
    return sa.Table(
        "public_extracts",
        metadata,
        sa.Column("id", sa.ForeignKey(notices.c.id, ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("published", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("forename", sa.Text),
        sa.Column("sex", sa.String(1)),
        sa.Column("born_from", sa.Date),
        sa.Column("born_to", sa.Date),
        sa.Column("nationalities", sa.Text, nullable=False),
        sa.Column("warrant_countries", sa.Text, nullable=False),
        sa.Column("un_reference", sa.Text),
        sa.Column("un_resolution", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        # With names, so that a search by them reads the index alone, in the order of the list.
        sa.Index("public_extracts_newest", "kind", "published", "id", "expires", "name", "forename"),
    )


def extract_row(notice: NoticeRecord, audience: kit.Audience) -> Mapping[str, Any] | None:
    """Return the row of a notice, from nothing but what the public is shown; None if the public may not see it."""
    kind = kind_of_extract(notice)
    is_seen = kit.may_see(PUBLIC, notice, audience)
    if not is_seen or kind is None or notice.number is None or notice.published is None:
        return None
    extract = notice.public_extract()
    subject, warrants = extract.subject, getattr(extract, "warrants", ())
    person = subject if isinstance(subject, Person) else None
    born_from, born_to = days_of(person.date_of_birth) if person and person.date_of_birth else (None, None)
    listing = getattr(extract, "un_listing", None)
    return {
        "id": notice.id,
        "kind": kind.value,
        "published": int(notice.published.timestamp() * 1000),
        "expires": int(notice.expires.timestamp()),
        "name": _normal(subject.name or (person.single_name if person else None)),
        "forename": _normal(person.forename if person else None),
        "sex": person.sex if person else None,
        "born_from": born_from,
        "born_to": born_to,
        "nationalities": _listed(person.nationalities if person else ()),
        "warrant_countries": _listed(each.issuing_country for each in warrants if each.issuing_country),
        "un_reference": listing.reference.casefold() if listing else None,
        "un_resolution": listing.resolution.casefold() if listing else None,
        "text": _text_of(extract)[:_LONGEST_TEXT],
    }


def _listed(codes: Iterable[str]) -> str:
    return "".join(f",{code}," for code in codes)


def kind_of_extract(notice: NoticeRecord) -> ExtractKind | None:
    """Return in which list of the public an extract is, or None if it is in none."""
    match notice.colour:
        case Colour.RED:
            return ExtractKind.RED
        case Colour.YELLOW:
            return ExtractKind.YELLOW
        case Colour.UN_SPECIAL:
            is_entity = isinstance(notice.subject, Organisation)
            return ExtractKind.UN_ENTITIES if is_entity else ExtractKind.UN_PERSONS
        case _:
            return None


def _normal(name: str | None) -> str | None:
    return None if name is None else unicodedata.normalize("NFC", name)


# What a reader of the extract reads as text, besides codes, dates and measures.
_TEXTS: Final[Any] = {
    "number": True,
    "subject": {
        *("name", "forename", "single_name", "birth_name", "names_in_other_scripts", "aliases", "place_of_birth"),
        *("father_forename", "mother_name", "mother_forename", "distinguishing_marks"),
    },
    "warrants": {"__all__": {"charge": True, "charge_translation": True, "further_charges": True}},
    "event": {"place"},
}


def _text_of(extract: NoticeRecord) -> str:
    """Return the texts of an extract in one, folded."""
    return " ".join(_leaves(extract.model_dump(include=_TEXTS, exclude_none=True))).casefold()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(each)
