"""Which texts of a notice the screening reads, and which of them together."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.notices.entries import CommonEntry
from services.notices.screening.engine import Passage, Text

# Codes, dates, numbers and names of persons and courts: no part of what a person is said to have done.
_NOT_READ: Final = frozenset(
    {
        *("colour", "kind", "language", "reference", "purpose", "handling", "conditions", "partners", "restricted"),
        *("addressed", "links", "person_status", "sex", "date_of_birth", "date", "time", "issued", "country", "stage"),
        *("country_of_birth", "nationalities", "issuing_country", "eyes", "hair", "languages", "documents", "evidence"),
        *("category", "number", "resolution", "police_report", "forename", "single_name", "birth_name", "court"),
        *("father_forename", "mother_name", "mother_forename", "place_of_birth", "names_in_other_scripts"),
    }
)
_TOGETHER: Final = ("warrants", "further_charges")


def passages_of(content: CommonEntry) -> Iterator[Passage]:
    """Yield the passages of a notice: each charge with its law and translation, and each other text by itself."""
    written = content.model_dump(mode="json", include=_entered(type(content)), exclude_none=True)
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
    read = {name: value for name, value in members.items() if name not in _NOT_READ and not _is_name(name, members)}
    if "charge" in read or "law" in read:
        yield list(_texts_of_charge(read, pointer))
        read = {name: value for name, value in read.items() if name in _TOGETHER}
    for name, value in read.items():
        yield from _passages(value, f"{pointer}/{name}")


def _texts_of_charge(members: Mapping[str, Any], pointer: str) -> Iterator[Text]:
    for name, value in members.items():
        if isinstance(value, str):
            yield Text(f"{pointer}/{name}", value)
        elif name == "offence" and "serves_serious_crime" in value:
            yield Text(f"{pointer}/offence/serves_serious_crime", value["serves_serious_crime"])


def _is_name(name: str, members: Mapping[str, Any]) -> bool:
    """Return whether a member is the family name of a person."""
    return name == "name" and members.get("kind", "person") == "person"
