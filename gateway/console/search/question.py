"""What an officer asks: the text in the box, what it is read as, and the fields of the form. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Final, Protocol

from gateway.console.api import Value, target_of
from gateway.console.search.reading import MAX_TEXT, Reading, chosen_of, readings_of

PERSON: Final = ("name", "date_of_birth")
DOCUMENT: Final = ("issuer", "document_number", "mrz")
VEHICLE: Final = ("plate", "country", "vin", "engine_number")
THING: Final = ("serial", "make", "calibre")
VESSEL: Final = ("hull_number", "imo_number", "mmsi", "call_sign", "registration", "vessel")
WORK: Final = ("title", "maker", "words", "work")
BODY: Final = ("body_sex", "body_place", "body_country", "body_found")
RECORD: Final = ("notice_number", "record", "reference")
FIELDS: Final = (*PERSON, *DOCUMENT, *VEHICLE, *THING, *VESSEL, *WORK, *BODY, *RECORD)
"""What can be asked, by these names in addresses too."""

TEXT: Final = "q"
READ_AS: Final = "as"
READ_FROM: Final = "read"
"""The digest of the text that the choices of readings are of: another text is read anew."""

NEAR: Final = "near"


_SEARCHED_NEAR: Final = frozenset((*VEHICLE, *VESSEL[:-1], "serial"))


class Parameters(Protocol):
    """The parameters of an address."""

    def getlist(self, key: str) -> list[str]:
        """Return all values of a parameter."""
        ...


class Question:
    """What is asked."""

    def __init__(self, parameters: Parameters, today: date) -> None:
        self.today = today
        self.text = _one(parameters, TEXT)[:MAX_TEXT]
        self.form: Mapping[str, str] = {name: value for name in FIELDS if (value := _one(parameters, name)[:MAX_TEXT])}
        """The fields of the form that are filled in."""

        self.is_near = bool(_one(parameters, NEAR))
        self.readings: Sequence[Reading] = readings_of(self.text, today)
        is_of_text = _one(parameters, READ_FROM) in ("", self.digest)
        stated = set(parameters.getlist(READ_AS)) if is_of_text else set()
        known = [each for each in self.readings if each.code in stated]
        self.chosen: Sequence[Reading] = known or chosen_of(self.readings)
        """What the text is read as."""

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """All that is asked: the fields of the form come before what was read."""
        read = {name: value for each in self.chosen for name, value in each.fields.items()}
        return {name: {**read, **self.form}[name] for name in FIELDS if name in read or name in self.form}

    @property
    def digest(self) -> str:
        """The digest of the text, by which it is known again."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not self.fields

    @property
    def is_unread(self) -> bool:
        """Whether a text was typed of which nothing can be asked."""
        return bool(self.text) and not self.readings

    @property
    def address(self) -> str:
        """The address that asks the same."""
        return target_of("/", self._parameters)

    @property
    def nearer(self) -> str | None:
        """The address that asks for numbers one sign away too; None if it does already, or no number is asked for."""
        is_number = bool(self.fields.keys() & _SEARCHED_NEAR) and not self.is_near
        return target_of("/", {**self._parameters, NEAR: "yes"}) if is_number else None

    @property
    def _parameters(self) -> dict[str, Value]:
        is_usual = [*self.chosen] == chosen_of([*self.readings])
        return {
            TEXT: self.text or None,
            READ_AS: None if is_usual else [each.code for each in self.chosen],
            NEAR: "yes" if self.is_near else None,
            **self.form,
        }

    def only(self, *names: str) -> dict[str, str]:
        """Return these of what is asked."""
        return {name: self.fields[name] for name in names if name in self.fields}


def _one(parameters: Parameters, name: str) -> str:
    values = [value for value in parameters.getlist(name) if value.strip()]
    return values[-1].strip() if values else ""
