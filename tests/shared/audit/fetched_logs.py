"""What `i247 audit fetch` writes, made directly from a log without a gateway."""

from shared.audit.format.proof_file import CheckpointFile, LogHeader, OwnList, read_opened, write_header, write_line
from shared.audit.models import Cosignature
from shared.audit.verify.checkpoints import Findings
from shared.audit.verify.full_log import LogSummary, verify_log
from shared.crypto.signed_note import cosign, parse_note, read_checkpoint, witness_name
from tests.shared.audit.logged_service import KEYS, ROOT, SERVICE, LoggedService, auditor
from tests.support import caller

PAGE_SIZE = 1_000


async def witness(service: LoggedService, *bureaus: str) -> CheckpointFile:
    """Sign a checkpoint, let bureaus cosign it, and return it."""
    await service.checkpoints.run_once()
    note = parse_note((await service.reader.checkpoint(None, 0)).checkpoint)
    for bureau in bureaus:
        line = cosign(note, witness_name(bureau), KEYS[bureau], service.clock.now())
        await service.reader.cosign(caller(bureau), Cosignature(size=read_checkpoint(note).size, line=line))
    signed = await service.reader.checkpoint(None, len(bureaus))
    return CheckpointFile(signed.checkpoint, tuple(signed.entries))


async def fetch(service: LoggedService, bureau: str, checkpoint: CheckpointFile) -> list[bytes]:
    """Return the lines of a log up to a checkpoint, as an auditor of a bureau gets them."""
    signed = read_checkpoint(parse_note(checkpoint.checkpoint))
    size, log = signed.size, signed.log
    own = OwnList(**(await service.reader.own_list(auditor(bureau), size, log)).model_dump(mode="json"))
    header = LogHeader(service=SERVICE, entries=checkpoint.entries, checkpoints=(checkpoint.checkpoint,), own=own)
    leaves = await service.reader.leaves(auditor(bureau), 0, min(size, PAGE_SIZE), log)
    return [
        write_header(header),
        *(
            write_line(each.hash, each.leaf, None if each.opened is None else read_opened(each.opened.encode()))
            for each in leaves.items
        ),
    ]


async def checked(service: LoggedService, bureau: str, checkpoint: CheckpointFile) -> Findings[LogSummary]:
    """Return the findings of `i247 audit verify` on these lines."""
    return verify_log(await fetch(service, bureau, checkpoint), ROOT.public)


def wrong(findings: Findings[LogSummary]) -> dict[str, str]:
    """Return the findings that are wrong, by the name of the check."""
    return {each.check: each.says for each in findings.found if each.is_wrong}
