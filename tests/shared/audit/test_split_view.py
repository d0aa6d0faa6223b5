"""A proof compared with a checkpoint that the log showed to others."""

import base64

import pytest

from shared.crypto.signed_note import (
    parse_note,
)
from tests.shared.audit.findings import check, proven, wrong
from tests.shared.audit.notices_log import (
    FORGED,
    LOG,
    PROOF,
    entry_of,
    shown_to_others,
)


def junk_of(name: str, key_id: bytes = b"abcd") -> str:
    """Return a signature line that no key of the directory made."""
    return f"— {name} {base64.b64encode(key_id + bytes(72)).decode()}\n"


LOG_KEY_ID = parse_note(LOG.checkpoint(300)).signatures[0].key_id
JUNK = [
    "",
    junk_of("i247/ZZ"),
    junk_of("i247/FR"),
    junk_of("i247/IPSG"),
    junk_of("i247/notices"),
    junk_of("i247/notices", LOG_KEY_ID),
    junk_of("i247/ZZ") * 200,
    junk_of("witness.example/x"),
]


@pytest.mark.parametrize("junk", JUNK)
def test_a_split_view_shown_to_another_bureau_is_detected(junk: str) -> None:
    """Two roots of one size: the finding has both checkpoints, whatever lines the log added to them."""
    other = shown_to_others(FORGED.checkpoint(300, by=["IT"]) + junk, entry_of("IT"))
    found = wrong(check(PROOF, others=[other]))
    assert set(found) == {"other checkpoint 1"}
    assert found["other checkpoint 1"].startswith("a split view: the log signed another tree of 300 leaves")
    for note in (LOG.checkpoint(300), FORGED.checkpoint(300, by=["IT"])):
        for line in note.splitlines():
            assert line in found["other checkpoint 1"]


@pytest.mark.parametrize("junk", JUNK)
def test_an_unknown_signature_line_does_not_invalidate_a_proof(junk: str) -> None:
    """It is ignored, and reported if it names a participant; the report stays short."""
    found = check(proven(checkpoint=LOG.checkpoint(300) + junk))
    assert found.ok, found.found
    [says] = [each.says for each in found.found if each.check == "witnesses"]
    assert ("not counted" in says) == ("— i247/" in junk)
    assert len(says) < 1_000


def test_a_checkpoint_not_signed_by_the_log_is_no_evidence_of_a_split_view() -> None:
    made_up = f"{FORGED.checkpoint(300).partition('—')[0]}—{LOG.checkpoint(300).partition('—')[2]}"
    found = wrong(check(PROOF, others=[shown_to_others(made_up)]))
    assert "no key of notices that the root vouches for" in found["other checkpoint 1"]
    assert "forked" not in found["other checkpoint 1"]


def test_checkpoints_of_other_sizes_are_undecided() -> None:
    """What the proof explains stays verified."""
    found = check(PROOF, others=[shown_to_others(LOG.checkpoint(300)), shown_to_others(LOG.checkpoint(299))])
    assert [each.check for each in found.found if not each.ok] == ["other checkpoint 2"]
    assert [each.check for each in found.found if each.is_open] == ["other checkpoint 2"]
    assert (found.ok, found.content is not None) == (False, True)
