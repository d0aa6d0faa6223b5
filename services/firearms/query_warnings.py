"""What looks mistyped in a check of a firearm that is answered all the same. Knows no record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.firearms.entry_warnings import SERIAL_SHORT, SERIAL_UNIFORM
from services.firearms.models import FirearmQuery
from services.firearms.rules import proves
from shared.firearms.markings import is_short, is_uniform
from shared.numbers import has_wildcards
from shared.records import service_kit as kit

MAKE_MISSING: Final = kit.WarningKind(
    "make-missing",
    "No make is stated, and makers use the same numbers: what has the number is in `near`, and there are no hits.",
)
KINDS: Final = (MAKE_MISSING, SERIAL_SHORT, SERIAL_UNIFORM, kit.NUMBER_IN_STARS, kit.NUMBER_COMMON, kit.NEAR_CUT)
NUMBERS: Final = ("serial_number",)


def query_warnings(query: FirearmQuery, at: datetime) -> Iterator[kit.QueryWarning]:  # noqa: ARG001 - none is of a time
    """Yield what looks mistyped in a check, and what it lacks to find a hit."""
    number = query.serial_number
    if number is None:
        return
    if not proves(query):
        yield MAKE_MISSING.at("/make", "makers use the same numbers: state the make that is marked to find hits")
    if not has_wildcards(number):
        if is_short(number):
            yield SERIAL_SHORT.at("/serial_number", "has fewer than 4 characters: is it complete, with its letters?")
        if is_uniform(number):
            yield SERIAL_UNIFORM.at("/serial_number", "all characters are the same")
    yield from kit.star_warnings(query, NUMBERS)
