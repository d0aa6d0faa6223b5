"""Lists the counterparts of a sandbox, and makes bureaus counterparts."""

from collections.abc import Collection

from gateway.sandbox.counterparts.conditions import Conditions
from gateway.sandbox.counterparts.envelopes import delivery_of
from gateway.sandbox.counterparts.models import (
    Act,
    Counterpart,
    Counterparts,
    CounterpartScript,
    StoredAct,
    StoredCounterpart,
)
from gateway.sandbox.counterparts.store import CounterpartStore
from gateway.sandbox.counterparts.wording import sentence
from shared.bureaus import MEMBERS, BureauCode
from shared.errors import NotFound
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox, after_commit
from shared.mailbox.rules import shown_reason


class CounterpartOperations:
    """The counterparts of one gateway."""

    def __init__(
        self, store: CounterpartStore, conditions: Conditions, host: MailboxHost, bureaus: Collection[BureauCode]
    ) -> None:
        """`bureaus` are all that the gateway hosts at the time."""
        self._store = store
        self._conditions = conditions
        self._host = host
        self._bureaus = bureaus

    async def all(self) -> Counterparts:
        """Return all counterparts. Raises NotStored."""
        hosted = {code: stored for code, stored in self._store.all().items() if code in self._bureaus}
        return Counterparts(
            items=[await _shown(code, stored, await self._mailbox_of(code)) for code, stored in hosted.items()]
        )

    async def put(self, code: BureauCode, script: CounterpartScript) -> Counterpart:
        """Make a bureau a counterpart, or give it another script. Raises NotFound, NotStored, OutcomeUnknown."""
        mailbox = await self._mailbox_of(code)
        stored = self._store.put(code, script)
        await self._apply(code, stored, mailbox)
        with after_commit():
            return await _shown(code, stored, mailbox)

    async def remove(self, code: BureauCode) -> None:
        """Make a bureau an ordinary one, whose clock and connection work. Raises NotFound, NotStored."""
        mailbox = await self._mailbox_of(code)
        self._store.remove(code)
        await self._apply(code, None, mailbox)

    async def _apply(self, code: BureauCode, stored: StoredCounterpart | None, mailbox: Mailbox) -> None:
        await self._conditions.of(code).apply(stored)
        mailbox.changes.notify()

    async def _mailbox_of(self, code: BureauCode) -> Mailbox:
        """Return the mailbox of a bureau that may be a counterpart: before anything is changed, as it may not open."""
        if code not in self._bureaus:
            here = ", ".join(sorted(each for each in self._bureaus if each in MEMBERS))
            raise NotFound(f"{code} is no bureau of this mesh: choose from {here}, or start it with `--bureaus`")
        return (await self._host.of(code)).mailbox


async def _shown(code: BureauCode, stored: StoredCounterpart, mailbox: Mailbox) -> Counterpart:
    acts = tuple([await _with_outcome(mailbox, act) for act in stored.acts])
    return Counterpart(bureau=code, acts=acts, **stored.model_dump(exclude={"acts"}))


async def _with_outcome(mailbox: Mailbox, act: StoredAct) -> Act:
    delivery = None if act.sent is None else await delivery_of(mailbox, act.sent)
    state, reason = (None, None) if delivery is None else (delivery.state, shown_reason(delivery.reason))
    return Act(**act.model_dump(), state=state, reason=reason, says=sentence(act, state, reason))
