"""What an officer asks: the text in the box, what it is read as, and the fields of the form. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Final, Protocol

from gateway.console.api import Value, target_of
from gateway.console.countries import country_named
from gateway.console.search.country_codes import country_of, issuer_of
from gateway.console.search.reading.readings import MONTH_FIRST, Certainty, Reading
from gateway.console.search.reading.text import MAX_TEXT, chosen_of, readings_of
from gateway.console.written_dates import only_date

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
PURPOSE: Final = "purpose"
WAITS: Final = "wait"
"""Whether the question is only shown, and asked when the officer says so, as after another purpose was chosen."""


NO_SIGN: Final = "no-sign"
NO_READING: Final = "no-reading"
FIRST_LINE_MISSING: Final = "first-line-missing"
SECOND_LINE_MISSING: Final = "second-line-missing"
LINES_MISSING: Final = "lines-missing"
# A machine-readable zone begins with the kind of document and its issuer (ICAO Doc 9303); one of 30 signs has 3 lines.
_FIRST_LINE: Final = re.compile(r"[PVIAC][A-Z<][A-Z<]{3}")
_SPACES: Final = re.compile(r"\s")
_SIGNS_OF_THREE_LINES: Final = 30
_SEARCHED_NEAR: Final = frozenset((*VEHICLE, *VESSEL[:-1], "serial"))


class Parameters(Protocol):
    """The parameters of an address."""

    def getlist(self, key: str) -> list[str]:
        """Return all values of a parameter."""
        ...


class Question:
    """What is asked."""

    def __init__(self, parameters: Parameters, today: date, purpose: str | None = None) -> None:
        self.today = today
        self.purpose = purpose
        """For which it is asked: addresses that ask on have it, as the page shows it."""

        # The key / leads to the box: who is there already types it.
        self.text = _one(parameters, TEXT).lstrip("/ ")[:MAX_TEXT]
        self.form: Mapping[str, str] = {name: value for name in FIELDS if (value := _stated(parameters, name))}
        """The fields of the form that are filled in."""

        self.near = _one(parameters, NEAR)
        """`yes`, or the digest of the one text of which near numbers are asked for."""

        self.waits = bool(_one(parameters, WAITS))
        self.readings: Sequence[Reading] = readings_of(self.text, today)
        is_of_text = _one(parameters, READ_FROM) in ("", self.digest)
        stated = set(parameters.getlist(READ_AS)) if is_of_text else set()
        known = [each for each in self.readings if each.code in stated]
        self.chosen: Sequence[Reading] = known or chosen_of([*self.readings])
        """What the text is read as."""

        is_sure = all(each.certainty is Certainty.SURE for each in self.chosen)
        self.is_guess = not known and not (is_sure and all(each.code != MONTH_FIRST for each in self.readings))
        """Whether neither the officer nor the form of the text says what it is."""

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
    def is_near(self) -> bool:
        """Whether numbers are asked for that are one sign away."""
        return self.near in ("yes", self.digest)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not self.fields

    @property
    def why_unread(self) -> str | None:
        """Why nothing can be asked of the text that was typed, by a code; None if something can, or none was typed."""
        if not self.text or self.readings:
            return None
        if not any(each.isalnum() for each in self.text):
            return NO_SIGN
        if "<" not in self.text:
            return NO_READING
        if len(_SPACES.sub("", self.text)) == _SIGNS_OF_THREE_LINES:
            return LINES_MISSING
        return SECOND_LINE_MISSING if _FIRST_LINE.match(self.text.upper()) else FIRST_LINE_MISSING

    @property
    def others(self) -> Sequence[tuple[Reading, str]]:
        """What else the text may be, each with the address that asks it as that."""
        left = [each for each in self.readings if each not in self.chosen]
        return [(each, target_of("/", {**self._parameters, READ_AS: each.code})) for each in left]

    @property
    def address(self) -> str:
        """The address that asks the same."""
        return target_of("/", self._parameters)

    @property
    def nearer(self) -> str | None:
        """The address that asks for numbers one sign away too; None if it does already, or no number is asked for."""
        is_number = bool(self.fields.keys() & _SEARCHED_NEAR) and not self.is_near
        return target_of("/", {**self._parameters, NEAR: self.digest}) if is_number else None

    @property
    def _parameters(self) -> dict[str, Value]:
        is_usual = [*self.chosen] == chosen_of([*self.readings])
        return {
            TEXT: self.text or None,
            READ_AS: None if is_usual else [each.code for each in self.chosen],
            NEAR: self.near if self.is_near else None,
            PURPOSE: self.purpose,
            **self.form,
        }

    def only(self, *names: str) -> dict[str, str]:
        """Return these of what is asked."""
        return {name: self.fields[name] for name in names if name in self.fields}


def _stated(parameters: Parameters, name: str) -> str:
    """Return what a field has: a country or an issuer by its code, and a date of birth as the API has it."""
    value = _one(parameters, name)[:MAX_TEXT]
    if name == "date_of_birth":
        return only_date(value) or value
    if not value or name not in {"country", "issuer"}:
        return value
    code = country_named(value) or value
    return (issuer_of(code) if name == "issuer" else country_of(code)) or value


def _one(parameters: Parameters, name: str) -> str:
    values = [value for value in parameters.getlist(name) if value.strip()]
    return values[-1].strip() if values else ""
