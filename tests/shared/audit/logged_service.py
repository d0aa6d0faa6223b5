"""An audit log in a store, written as a service does, for tests of its readers."""

from datetime import timedelta

from shared.audit.checkpoint_signer import Checkpoints
from shared.audit.format.leaf import query_digest
from shared.audit.models import Cosignature
from shared.audit.reader import AuditReader
from shared.audit.writer import AuditLog, LogEntry
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.signed_note import cosign, parse_note, read_checkpoint, witness_name
from shared.disclosure import Disclosure, How
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.http import HttpRequest
from shared.records.entry_limits import entry_figures
from shared.records.search.saved_searches import RecentSearches
from shared.records.tables import service_metadata
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.storage import Database
from shared.transport.memory import MemoryBroker
from tests.conftest import NOW
from tests.support import Agreed, caller

SERVICE = "things"
ROOT = SigningKey(bytes(32))
KEYS = {name: SigningKey(bytes([number]) * 32) for number, name in enumerate(("DE", "FR", "PL", "IPSG", SERVICE), 1)}
ASKED = HttpRequest("GET", "/things/search?name=Dupond")
SALT = bytes(range(16))
metadata = service_metadata(SERVICE)


def directory_of(*names: str) -> Directory:
    """Return a directory of participants with the keys above."""
    directory = Directory(ROOT.public)
    for name in names:
        entry = Entry(
            participant=name,
            kind="service" if name == SERVICE else "bureau",
            signing_key=encode_base64url(KEYS[name].public.raw),
            nats_user="",
            issued=NOW.timestamp(),
            not_before=NOW.timestamp() - 10_000,
            not_after=NOW.timestamp() + 1_000_000,
        )
        directory.learn(sign_entry(entry, ROOT))
    return directory


def record(owner: str = "FR", how: How = "search", *, number: int = 1, match: str = "colour") -> Disclosure:
    """Return the disclosure of a record."""
    return Disclosure("thing", f"0197a3c2-5b1e-7c3a-9f20-{number:012x}", 3, BureauCode(owner), how, 0.9, match)


class LoggedService:
    """The audit log of a service, its checkpoints, and its reader."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.clock = clock
        self.directory = directory_of(*KEYS)
        ring = KeyRing(SERVICE, self.directory, clock, lambda: PrivateKeys([KEYS[SERVICE]]))
        transport, log = MemoryBroker().connect(SERVICE), Log("test", level="error", clock=clock)
        self.participant = Participant(SERVICE, ring, self.directory, transport, clock, log, Agreed())
        self.log = AuditLog(database, RecentSearches())
        self.checkpoints = Checkpoints(self.participant, database)
        self.reader = AuditReader(self.participant, database, entry_figures)

    async def answer(
        self,
        bureau: str,
        *records: Disclosure,
        purpose: Purpose = Purpose.WARNING,
        operation: str = "search_things",
        officer: str = "",
        request: str = "",
        digest: str | None = None,
    ) -> str:
        """Log an answer, a second after the last one, and return the id of its request."""
        self.clock.advance(timedelta(seconds=1))
        now = self.clock.now()
        request = request or uuid7(now)
        await self.log.add(
            LogEntry(
                at=now.timestamp(),
                request=request,
                bureau=BureauCode(bureau),
                officer=officer or f"{bureau.lower()}.officer",
                purpose=purpose,
                operation=operation,
                status=200,
                query=query_digest(SALT, ASKED),
                answer=digest,
                salt=SALT,
                shown=records,
                pending=False,
            )
        )
        return request


def auditor(bureau: str) -> Caller:
    """Return an auditor of a bureau."""
    return caller(bureau, "audit:read", purpose=Purpose.CRIME_ANALYSIS)


FRENCH, POLISH = record("FR", number=1), record("PL", number=2)


async def line_of(service: LoggedService, bureau: str, key: SigningKey | None = None, late: int = 0) -> Cosignature:
    """Return the cosignature of a bureau on the newest checkpoint."""
    note = parse_note((await service.reader.checkpoint(None, 0)).checkpoint)
    at = service.clock.now() + timedelta(seconds=late)
    line = cosign(note, witness_name(bureau), key or KEYS[bureau], at)
    return Cosignature(size=read_checkpoint(note).size, line=line)


async def witness(service: LoggedService, *bureaus: str) -> None:
    """Sign a checkpoint, and let bureaus cosign it."""
    await service.checkpoints.run_once()
    for bureau in bureaus:
        await service.reader.cosign(caller(bureau), await line_of(service, bureau))
