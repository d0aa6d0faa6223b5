"""Which texts of a notice the screening reads, and which of them together."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from services.notices.entries import CommonEntry
from services.notices.screening.engine import Passage, Text
from services.notices.subjects.models import AnySubject, Person

# Codes, dates, and who may read the notice: what a bureau cannot word as it likes.
_NOT_READ: Final = frozenset(
    {
        *("colour", "language", "purpose", "handling", "conditions", "partners", "restricted", "addressed"),
        *("links", "person_status", "sex", "date_of_birth", "date", "time", "issued", "stage", "country"),
        *("country_of_birth", "nationalities", "issuing_country", "eyes", "hair", "languages", "evidence", "category"),
        *("decided", "outcome"),
    }
)
_KINDS_OF_SUBJECT: Final = frozenset({"person", "entity", "object"})
_NAMES: Final = re.compile(
    r"/subject/(?:identities/\d+/|names_in_other_scripts/)?"
    r"(?:name|forename|single_name|birth_name|father_forename|mother_name|mother_forename|\d+)"
)
# What the court charges; its name and its reference are no part of that.
_CHARGED: Final = frozenset({"charge", "charge_translation", "law", "offence"})


def passages_of(content: CommonEntry) -> Iterator[Passage]:
    """Yield the passages of a notice: each charge with its law and translation, and each other text alone."""
    yield from passages_of_members(content, _entered(type(content)))


def passages_of_members(content: BaseModel, members: set[str]) -> Iterator[Passage]:
    """Yield the passages of some members of an entry."""
    written = content.model_dump(mode="json", include=members, exclude_none=True, warnings=False)
    yield from _passages(written, "")


def _entered(kind: type[CommonEntry]) -> set[str]:
    """Return the fields that the issuer of a notice enters, without those that the network adds."""
    entered = CommonEntry.__module__
    entries = [base for base in kind.__mro__ if issubclass(base, CommonEntry) and base.__module__ == entered]
    return {name for entry in entries for name in entry.model_fields}


def _passages(value: Any, pointer: str) -> Iterator[Passage]:
    if isinstance(value, str):
        yield [Text(pointer, value)]
    elif isinstance(value, Mapping):
        yield from _passages_of_members(value, pointer)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _passages(each, f"{pointer}/{place}")


def _passages_of_members(members: Mapping[str, Any], pointer: str) -> Iterator[Passage]:
    read = {name: value for name, value in members.items() if _is_read(name, value)}
    if "charge" in read or "law" in read:
        yield list(_texts_of_charge(read, pointer))
        read = {name: value for name, value in read.items() if name not in _CHARGED}
    for name, value in read.items():
        yield from _passages(value, f"{pointer}/{name}")


def _texts_of_charge(members: Mapping[str, Any], pointer: str) -> Iterator[Text]:
    for name, value in members.items():
        if isinstance(value, str) and name in _CHARGED:
            yield Text(f"{pointer}/{name}", value)
        elif name == "offence" and "serves_serious_crime" in value:
            yield Text(f"{pointer}/offence/serves_serious_crime", value["serves_serious_crime"])


def _is_read(name: str, value: Any) -> bool:
    return name not in _NOT_READ and not (name == "kind" and value in _KINDS_OF_SUBJECT)


def is_only_a_name(pointer: str, words: str, subject: AnySubject) -> bool:
    """Return whether the words of a finding are one word of a person's name: that says nothing of what they did."""
    is_name = isinstance(subject, Person) and _NAMES.fullmatch(pointer) is not None
    return is_name and len(words.split()) == 1
