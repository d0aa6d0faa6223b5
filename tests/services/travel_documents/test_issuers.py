"""The codes of issuers, as they are printed in documents."""

import pytest

from services.travel_documents.issuers import ISSUERS, bureau_of, first_issuer_of
from shared.bureaus import MEMBERS
from shared.codes.lists import PRINTED_ISSUER


def test_every_member_issues_documents() -> None:
    """Each has a code of its own, three letters but for Germany."""
    codes = {bureau: first_issuer_of(bureau) for bureau in MEMBERS}
    assert None not in codes.values()
    assert codes["DE"] == "D"
    assert {len(code) for bureau, code in codes.items() if code and bureau != "DE"} == {3}
    assert len({*codes.values()}) == len(MEMBERS)
    assert all(bureau_of(code) == bureau for bureau, code in codes.items() if code)


def test_codes_that_are_no_country_are_of_their_bureau_or_of_none() -> None:
    """British ones of GB, that of INTERPOL of the Secretariat."""
    assert {bureau_of(code) for code in ("GBR", "GBD", "GBN", "GBO", "GBP", "GBS")} == {"GB"}
    assert bureau_of("XPO") == "IPSG"
    assert [bureau_of(code) for code in ("UNO", "UNA", "EUE", "UTO", "XOM")] == [None] * 5


@pytest.mark.parametrize("code", ["XXA", "XXB", "XXC", "XXX", "DEU", "FR", "ZZZ", ""])
def test_what_issues_no_documents_is_refused(code: str) -> None:
    """Nationalities, and codes that are not printed."""
    assert code not in ISSUERS
    with pytest.raises(ValueError, match=r"issue|use|list"):
        PRINTED_ISSUER.checked(code)
