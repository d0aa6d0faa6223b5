"""What witnesses get from a log: checkpoints with consistency proofs; and which cosignatures it stores."""

import msgspec
import pytest

from shared.audit.models import Cosignature
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.merkle import verify_consistency
from shared.crypto.signed_note import Note, cosign, parse_note, read_checkpoint, witness_name
from shared.errors import Invalid, NotFound
from shared.protocol.cosigning import CheckpointUnknown, CosignatureRefused
from shared.protocol.directory_entry import sign_entry
from tests.shared.audit.logged_service import KEYS, ROOT, LoggedService, auditor, line_of, witness
from tests.support import caller


async def test_consistency_is_proven_between_any_two_sizes(service: LoggedService) -> None:
    """Sizes that the log never had, or in the wrong order, are refused."""
    roots = []
    for _ in range(3):
        await service.answer("DE")
        await witness(service)
        roots.append(read_checkpoint(parse_note((await service.reader.checkpoint(None, 0)).checkpoint)).root)
    proof = [decode_base64url(each) for each in (await service.reader.consistency(1, 3)).proof]
    verify_consistency(1, roots[0], 3, roots[2], proof)
    with pytest.raises(NotFound):
        await service.reader.consistency(1, 4)
    with pytest.raises(Invalid):
        await service.reader.consistency(3, 2)


async def test_a_checkpoint_comes_with_the_directory_entries_of_its_signers(service: LoggedService) -> None:
    """The newest, that of one size, or the newest with enough cosignatures."""
    await service.answer("DE")
    await witness(service, "DE", "FR")
    await service.answer("DE")
    await witness(service)
    reader = service.reader
    sizes = [
        read_checkpoint(parse_note(shown.checkpoint)).size
        for shown in (await reader.checkpoint(None, 0), await reader.checkpoint(1, 0), await reader.checkpoint(None, 2))
    ]
    assert sizes == [2, 1, 1]
    entries = [service.directory.entries_of(name)[0].kid for name in ("DE", "FR", "things")]
    jws = {service.directory.signed_entry_of(kid) for kid in entries}
    assert {*(await reader.checkpoint(1, 0)).entries} == jws
    for size, witnesses in ((7, 0), (None, 3)):
        with pytest.raises(NotFound):
            await reader.checkpoint(size, witnesses)


async def test_a_cosignature_is_stored_only_if_a_key_of_the_bureau_signed_it_now(service: LoggedService) -> None:
    """Not for another bureau, key or checkpoint, at another time, or with more than one line."""
    await service.answer("DE")
    await witness(service)
    good = await line_of(service, "DE")
    await service.answer("DE")
    await witness(service)
    for bureau, given, sentence in (
        ("FR", good, "send the line of FR alone"),
        ("DE", await line_of(service, "DE", KEYS["FR"]), "no valid key of DE signed this line"),
        ("DE", Cosignature(size=2, line=good.line), "no valid key of DE signed this line"),
        ("DE", await line_of(service, "DE", late=-120), "the time of the line is not now"),
        ("DE", await line_of(service, "DE", late=120), "the time of the line is not now"),
        ("DE", Cosignature(size=1, line=good.line * 2), "one signature line"),
        ("DE", Cosignature(size=1, line="nothing\n"), "not one signature line"),
        ("DE", Cosignature(size=1, line="— i247/DE AAAA\n"), "line 1 below the text is no signature"),
    ):
        with pytest.raises(CosignatureRefused, match=sentence):
            await service.reader.cosign(caller(bureau), given)
    await service.reader.cosign(caller("DE"), good)
    with pytest.raises(CheckpointUnknown):
        await service.reader.cosign(caller("DE"), Cosignature(size=9, line=good.line))


async def test_the_secretariat_may_not_cosign_the_logs_that_it_keeps(service: LoggedService) -> None:
    """Its cosignature would be one of the two that are needed."""
    await service.answer("DE")
    await witness(service, "DE")
    with pytest.raises(CosignatureRefused, match="IPSG keeps the logs"):
        await service.reader.cosign(caller("IPSG"), await line_of(service, "IPSG"))
    assert (await service.reader.explain(auditor("DE"), 0, None)).witnesses == ["DE"]


@pytest.mark.parametrize("before", ["x\n\n", "x\n", "\n", "\n\n"])
async def test_text_before_a_cosignature_line_is_refused(service: LoggedService, before: str) -> None:
    """A text that the bureau signed as well would look like a checkpoint of the log, and frame it."""
    await service.answer("DE")
    await witness(service)
    signed = (await service.reader.checkpoint(None, 0)).checkpoint
    text = parse_note(signed).text
    for cosigned in (text, f"{text}\n{before}".removesuffix("\n")):
        line = cosign(Note(cosigned, ()), witness_name("FR"), KEYS["FR"], service.clock.now())
        with pytest.raises(CosignatureRefused):
            await service.reader.cosign(caller("FR"), Cosignature(size=1, line=before + line))
    assert (await service.reader.checkpoint(None, 0)).checkpoint == signed


async def test_a_revoked_key_may_not_cosign(service: LoggedService) -> None:
    """Whatever time the line states: a thief would state another."""
    await service.answer("DE")
    await witness(service)
    line = await line_of(service, "DE")
    [entry] = service.directory.entries_of("DE")
    revoked = msgspec.structs.replace(entry, issued=entry.issued + 1, revoked_at=entry.issued)
    service.directory.learn(sign_entry(revoked, ROOT))
    with pytest.raises(CosignatureRefused):
        await service.reader.cosign(caller("DE"), line)
