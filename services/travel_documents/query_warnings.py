"""What looks misread in a check of a document that is answered all the same. Knows no record."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.travel_documents.queries import DocumentQuery
from shared.mrz.check_digits import expected_digits
from shared.records import service_kit as kit

CHECK_DIGIT: Final = kit.WarningKind(
    "mrz-check-digit", "A check digit is not that of what it is about: read it again, or look at the document."
)
KINDS: Final = (CHECK_DIGIT, kit.NUMBER_COMMON)


def query_warnings(query: DocumentQuery, at: datetime) -> Iterator[kit.QueryWarning]:  # noqa: ARG001 - none is of a time
    """Yield each check digit that is wrong, with its place, what was sent and what it would be."""
    if query.zone is not None:
        for each in query.zone.wrong:
            yield CHECK_DIGIT.at(
                "/mrz",
                f"line {each.line}, column {each.column}: the check digit of {each.part} was sent as {each.found}; by "
                f"the signs that were sent it would be {each.expected}",
            )
    elif query.is_doubtful and query.number is not None:
        expected = " or ".join(expected_digits(query.number))
        detail = (
            f"the check digit was sent as {query.check_digit}; by the number that was sent it would be {expected}: "
            "read both again"
        )
        yield CHECK_DIGIT.at("/check_digit", detail)
