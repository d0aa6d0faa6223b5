"""What `i247 audit fetch` writes of a log that is at hand, without a gateway between."""

from shared.audit.format.proof_file import CheckpointFile, LogHeader, OwnList, read_opened, write_header, write_line
from shared.audit.models import Cosignature
from shared.audit.verify.checkpoints import Findings
from shared.audit.verify.full_log import LogSummary, verify_log
from shared.crypto.signed_note import cosign, parse_note, read_checkpoint, witness_name
from tests.shared.audit.logged import KEYS, ROOT, SERVICE, LoggedService, auditor
from tests.support import caller

MOST = 1_000


async def witness(service: LoggedService, *bureaus: str) -> CheckpointFile:
    """Have the log sign what it has grown to, and bureaus cosign it; return that."""
    await service.checkpoints.run_once()
    note = parse_note((await service.reader.checkpoint(None, 0)).checkpoint)
    for bureau in bureaus:
        line = cosign(note, witness_name(bureau), KEYS[bureau], service.clock.now())
        await service.reader.cosign(caller(bureau), Cosignature(size=read_checkpoint(note).size, line=line))
    signed = await service.reader.checkpoint(None, len(bureaus))
    return CheckpointFile(signed.checkpoint, tuple(signed.entries))


async def fetch(service: LoggedService, bureau: str, checkpoint: CheckpointFile) -> list[bytes]:
    """Return the lines that an auditor of a bureau gets of a log up to a checkpoint."""
    signed = read_checkpoint(parse_note(checkpoint.checkpoint))
    size, log = signed.size, signed.log
    own = OwnList(**(await service.reader.own_list(auditor(bureau), size, log)).model_dump(mode="json"))
    header = LogHeader(service=SERVICE, entries=checkpoint.entries, checkpoints=(checkpoint.checkpoint,), own=own)
    leaves = await service.reader.leaves(auditor(bureau), 0, min(size, MOST), log)
    return [
        write_header(header),
        *(
            write_line(each.hash, each.leaf, None if each.opened is None else read_opened(each.opened.encode()))
            for each in leaves.items
        ),
    ]


async def checked(service: LoggedService, bureau: str, checkpoint: CheckpointFile) -> Findings[LogSummary]:
    """Return what `i247 audit verify` finds in that."""
    return verify_log(await fetch(service, bureau, checkpoint), ROOT.public)


def wrong(findings: Findings[LogSummary]) -> dict[str, str]:
    """Return what does not fit."""
    return {each.check: each.says for each in findings.found if each.is_wrong}
