"""An answer of a service that is no record, or another one, is not quoted: a service may be hostile or wrong."""

import json
from typing import Any, Final

import pytest

from gateway.messages.quote_rules import NotConfirmed
from gateway.messages.record_reader import quote_in
from shared.mailbox.quote_models import RecordReference

ID: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
WANTED: Final = RecordReference(service="vehicles", kind="vehicle", record=ID)
RECORD: Final[dict[str, Any]] = {
    "id": ID,
    "owner": "FR",
    "version": 3,
    "handling": "RESTRICTED",
    "conditions": ["H2", "H3"],
    "other_condition": "Inform us first.",
    "vin": "ZAR93700005123456",
}


def test_a_quote_has_the_terms_of_a_record_and_nothing_of_its_content() -> None:
    quote = quote_in(json.dumps(RECORD).encode(), WANTED)
    assert (quote.version, quote.owner, quote.handling, quote.conditions) == (3, "FR", "RESTRICTED", ("H2", "H3"))
    assert quote.other_condition == "Inform us first."
    assert "ZAR" not in repr(quote)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": ID.replace("0197", "0198")},
        {"version": 0},
        {"version": "3"},
        {"owner": "x" * 65},
        {"handling": "SECRET"},
        {"handling": None},
        {"conditions": ["H4"]},
        {"conditions": ["H2"] * 5},
        {"other_condition": "x" * 501},
    ],
    ids=str,
)
def test_an_answer_that_is_no_such_record_is_not_quoted(changed: dict[str, Any]) -> None:
    with pytest.raises(NotConfirmed):
        quote_in(json.dumps(RECORD | changed).encode(), WANTED)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000], ids=len)
def test_bytes_that_are_no_record_are_not_quoted(body: bytes) -> None:
    with pytest.raises(NotConfirmed):
        quote_in(body, WANTED)
