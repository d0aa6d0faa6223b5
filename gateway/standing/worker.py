"""Tells each bureau of its standing, as the Secretariat, when the directory states another one than it was told.

The message and the note that it was sent are one transaction, so a bureau is told once, whichever processes watch. Only
the present standing is told: of two changes in the moment that a gateway is down, the last. A bureau that is suspended
has no valid key; its message waits in the outbox until it has one again.
"""

from typing import Final

import msgspec
import sqlalchemy as sa

from gateway.standing.tables import told
from shared.background import Job, repeat
from shared.bureaus import SECRETARIAT, BureauCode
from shared.identity import Purpose
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.rules import MAX_VALIDITY, NotStored
from shared.mailbox.store import MailStore
from shared.protocol.payloads import StandingNotice
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant
from shared.standing import MEMBER, BureauStanding
from shared.storage import insert

# As the officer, where no person acts.
GATEWAY: Final = "gateway"
RETRY_SECONDS: Final = 5.0

_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder(BureauStanding).decode
_all: Final = sa.select(told.c.bureau, told.c.standing)
_first: Final = insert(told).on_conflict_do_nothing()
_next: Final = (
    sa.update(told)
    .where(told.c.bureau == sa.bindparam("of"), told.c.standing == sa.bindparam("before"))
    .values(standing=sa.bindparam("after"))
)


def register_standing(host: MailboxHost) -> None:
    """Register the job that tells bureaus of their standing."""
    host.add_job("standing", watch_standings)


async def watch_standings(mailbox: Mailbox, bureau: Participant) -> None:
    """Tell bureaus of their standing until cancelled, if the bureau is the Secretariat."""
    if bureau.name != SECRETARIAT:
        return
    expected = (NotStored, NoKeyInForce)
    run_once = StandingNotifier(mailbox, bureau).run_once
    await repeat(Job("standing", run_once, every_seconds=RETRY_SECONDS, expected=expected), mailbox.log)


class StandingNotifier:
    """Tells bureaus of their standing, as the Secretariat."""

    def __init__(self, mailbox: Mailbox, secretariat: Participant) -> None:
        self._mailbox = mailbox
        self._secretariat = secretariat
        self._directory = secretariat.directory

    async def run_once(self) -> float:
        """Tell what is new, then wait for a change of the directory. Raises NotStored, NoKeyInForce."""
        version = self._directory.version
        await self.tell_changes()
        await self._directory.changed(version)
        return 0.0

    async def tell_changes(self) -> None:
        """Tell every bureau whose standing is another than it was told. Raises NotStored, NoKeyInForce."""
        rows = await self._mailbox.reading.session.fetch(_all)
        before = {row.bureau: row.standing for row in rows}
        for code in self._directory.participants():
            standing = self._directory.stated_standing(code) or MEMBER
            known = before.get(code)
            if standing != (MEMBER if known is None else _decode(known)) and code != SECRETARIAT:
                await self._tell(code, known, standing)

    async def _tell(self, code: str, before: str | None, standing: BureauStanding) -> None:
        async def tell(store: MailStore) -> bool:
            is_claimed = await _claim(store, code, before, standing)
            if is_claimed:
                await enqueue(store, self._secretariat, self._payload(BureauCode(code), standing))
            return is_claimed

        if await self._mailbox.write(tell):
            self._mailbox.changes.notify()
            self._mailbox.log.info("standing-told", bureau=code, standing=standing.standing)

    def _payload(self, code: BureauCode, standing: BureauStanding) -> OutgoingPayload:
        at = self._secretariat.clock.now()
        return OutgoingPayload(
            form=notice_of(standing),
            to=(code,),
            officer=GATEWAY,
            purpose=Purpose.SECURITY_CHECK,
            subject=f"The standing of your bureau: {standing.standing}",
            urgency="urgent",
            at=at,
            # A suspension may last.
            valid_until=at + MAX_VALIDITY,
        )


def notice_of(standing: BureauStanding) -> StandingNotice:
    """Return a standing as the form that tells of it."""
    stated = {} if standing.measure is None else msgspec.structs.asdict(standing.measure)
    return StandingNotice(standing=standing.standing, **stated)


async def _claim(store: MailStore, code: str, before: str | None, after: BureauStanding) -> bool:
    """Record what a bureau is told now; return whether no other process has told it."""
    new = _encode(after).decode()
    if before is None:
        return await store.session.execute(_first, {"bureau": code, "standing": new}) == 1
    return await store.session.execute(_next, {"of": code, "before": before, "after": new}) == 1
