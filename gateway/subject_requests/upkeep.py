"""What is done with data subject requests by itself: decisions are carried out, and who asked is forgotten in time.

Of several processes each claims what it carries out; what one that has ended had claimed is due again soon.
"""

import asyncio
from typing import Final

from gateway.messages.mailbox import Mailbox
from gateway.messages.mailroom import Mailroom
from gateway.messages.store import MailStore
from gateway.subject_requests.execution import GATEWAY, Execution
from gateway.subject_requests.kept import KeptStep
from gateway.subject_requests.models import Step
from gateway.subject_requests.store import SubjectRequestStore
from shared.bureaus import SECRETARIAT
from shared.participant import Participant

TOGETHER: Final = 20
# For what another process of the same gateway may have begun, and for midnight.
LOOK_SECONDS: Final = 10.0
FAILED_SECONDS: Final = 5.0
# Longer than it takes to ask a service twice: whoever has claimed something by then has ended, or is very slow.
CLAIMED_SECONDS: Final = 30.0


def attend_to_subject_requests(mailroom: Mailroom) -> None:
    """Have requests seen to in the mailbox of the Secretariat, where that is hosted."""
    mailroom.employ(see_to_requests)


class Upkeep:
    """Of the requests of data subjects."""

    def __init__(self, mailbox: Mailbox, secretariat: Participant) -> None:
        self._mailbox = mailbox
        self._secretariat = secretariat
        self._execution = Execution(mailbox, secretariat)

    async def run(self) -> None:
        """See to the requests until cancelled."""
        while True:
            seen = self._mailbox.changes.version
            try:
                if not (await self.carry_out() or await self.forget()):
                    await self._mailbox.changes.after(seen, await self._pause())
            except Exception as error:
                self._mailbox.log.failure("subject-requests-failed", error)
                await asyncio.sleep(FAILED_SECONDS)

    async def carry_out(self) -> bool:
        """Carry out what is due; tell whether there was anything. Raises NotStored."""
        now = self._mailbox.now()
        due = await SubjectRequestStore(self._mailbox.reading.session).earliest_due()
        if due is None or due > now:
            return False
        until = now + int(CLAIMED_SECONDS * 1000)
        claimed = await self._mailbox.write(
            lambda store: SubjectRequestStore(store.session).claim(now, until, TOGETHER)
        )
        for outcome in await asyncio.gather(*map(self._execution.carry_out, claimed), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return bool(claimed)

    async def forget(self) -> bool:
        """Forget who asked, a year after it ended; tell whether there was anybody. Raises NotStored."""
        today = self._secretariat.clock.now().date()
        sequences = await SubjectRequestStore(self._mailbox.reading.session).to_forget(today, TOGETHER)
        if not sequences:
            return False
        step = KeptStep(at=self._mailbox.now(), officer=GATEWAY, step=Step.FORGOTTEN)

        async def forget(store: MailStore) -> None:
            requests = SubjectRequestStore(store.session)
            # Another process may have been faster.
            if still := await requests.to_forget(today, TOGETHER):
                await requests.forget(still, step)

        await self._mailbox.write(forget)
        self._mailbox.log.info("subjects-forgotten", requests=len(sequences))
        return True

    async def _pause(self) -> float:
        due = await SubjectRequestStore(self._mailbox.reading.session).earliest_due()
        if due is None:
            return LOOK_SECONDS
        return min(max((due - self._mailbox.now()) / 1000, 0.0), LOOK_SECONDS)


async def see_to_requests(mailbox: Mailbox, bureau: Participant) -> None:
    """See to the requests until cancelled, if it is the Secretariat that keeps them."""
    if bureau.name == SECRETARIAT:
        await Upkeep(mailbox, bureau).run()
