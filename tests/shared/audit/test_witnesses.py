"""Which bureaus are the witnesses of a log; cosignatures of other bureaus do not count."""

import msgspec
import pytest

from shared.audit.verify.signatures import MIN_WITNESSES, attest, keys_of, witnessed
from shared.bureaus import MEMBERS
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry
from shared.protocol.witnesses import ANY_BUREAU, UNKNOWN_TRUST, WITNESSES, Trust, assigned, trust_by, trust_in
from tests.conftest import NOW
from tests.shared.audit.notices_log import DAY, ENTRIES, LOG, ROOT, SERVICE, entry_of

AT = NOW.timestamp()
CODES = ("AR", "BR", "CL", "DE", "FR", "GB", "IT", "JP", "KE", "PL")


def entries(*codes: str, **changed: object) -> list[Entry]:
    """Return directory entries of bureaus, with members changed."""
    named = [
        Entry(
            participant=code,
            kind="bureau",
            signing_key="",
            nats_user="",
            issued=AT,
            not_before=AT - DAY,
            not_after=AT + DAY,
        )
        for code in codes
    ]
    return [msgspec.structs.replace(each, **changed) for each in named]


def test_three_bureaus_are_assigned_to_each_log_as_witnesses() -> None:
    """Others to another log; whatever the order of the directory, and never the Secretariat."""
    names = ("notices", "fingerprints", "stolen-vehicles")
    of_each = {name: assigned(name, entries(*CODES, "IPSG"), AT) for name in names}
    assert {len(each) for each in of_each.values()} == {WITNESSES}
    assert len(set(of_each.values())) > 1
    assert all("IPSG" not in each for each in of_each.values())
    assert assigned("notices", entries(*reversed(CODES)), AT) == of_each["notices"]


def test_a_witness_without_a_valid_key_is_replaced() -> None:
    """From the time that its key ends: its earlier cosignatures count."""
    first = assigned("notices", entries(*CODES), AT)
    gone = min(first)
    others = entries(*(code for code in CODES if code != gone))
    for ended in ({"not_after": AT - 1}, {"revoked_at": AT - 1}, {"not_before": AT + 1}):
        now = assigned("notices", [*others, *entries(gone, **ended)], AT)
        assert first - {gone} < now
        assert gone not in now
    assert assigned("notices", [*others, *entries(gone, revoked_at=AT - 1)], AT - 2) == first


def test_a_secretariat_that_enters_fictitious_bureaus_can_choose_the_witnesses_of_a_log() -> None:
    """A known limit: it needs only the right codes. All see the entries, but not whether a bureau is behind them."""
    true = assigned("notices", entries(*CODES), AT)
    for invented in sorted(MEMBERS.keys() - set(CODES)):
        if len(assigned("notices", entries(*true, invented), AT) & true) < WITNESSES:
            true |= {invented}
    made_up = true - set(CODES)
    assert len(assigned("notices", entries(*CODES, *made_up), AT) & made_up) >= MIN_WITNESSES


@pytest.mark.parametrize(
    ("trust", "ok", "is_open"),
    [
        (ANY_BUREAU, True, False),
        (trust_in(("DE", "FR", "IT")), True, False),
        (trust_by(Directory(ROOT.public, (*ENTRIES, entry_of("IT"))).entries()), True, False),
        (UNKNOWN_TRUST, False, True),
        (trust_in(("DE", "IT")), False, False),
        (trust_in(()), False, False),
        (trust_by(Directory(ROOT.public, (entry_of("IT"), entry_of("DE"))).entries()), False, False),
    ],
    ids=[
        "any bureau",
        "named",
        "by the directory",
        "trust not stated",
        "another named",
        "no bureau",
        "another directory",
    ],
)
def test_cosignatures_of_untrusted_bureaus_do_not_count(trust: Trust, ok: bool, is_open: bool) -> None:
    """Two trusted bureaus are needed; if it is not stated which bureaus are trusted, the result is undecided."""
    attested, _ = attest(LOG.checkpoint(300, by=("DE", "FR")), SERVICE, keys_of(SERVICE, ENTRIES, ROOT.public), trust)
    assert attested is not None
    found = witnessed(attested)
    assert (found.ok, found.is_open) == (ok, is_open)
    if not ok and not is_open:
        assert "FR: it is not a witness of this log" in found.says
