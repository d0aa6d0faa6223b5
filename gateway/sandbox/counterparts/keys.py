"""The key of a counterpart that has ended: its first one, once the bureau was given another."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey
from shared.errors import Conflict
from shared.rpc.participant import Participant

KNOWN_SECONDS: Final = 5.0

Retire = Callable[[BureauCode], Awaitable[None]]
"""Gives a bureau new keys and ends its present ones, as the Secretariat does. Raises Conflict where it cannot."""


class EndedKeys:
    """Finds keys that have ended, or ends one."""

    def __init__(self, retire: Retire) -> None:
        self._retire = retire
        self._turn = asyncio.Lock()

    async def of(self, bureau: Participant) -> SigningKey:
        """Return a key of a bureau that has ended by its clock; end its present one if there is none. Raises Conflict.

        Once one was ended, no other is.
        """
        async with self._turn:
            if len(bureau.directory.entries_of(bureau.name)) == 1:
                await self._retire(BureauCode(bureau.name))
            try:
                async with asyncio.timeout(KNOWN_SECONDS):
                    return await self._known(bureau)
            except TimeoutError as error:
                raise Conflict(f"no key of {bureau.name} has ended by its own clock") from error

    async def _known(self, bureau: Participant) -> SigningKey:
        while True:
            version = bureau.directory.version
            if (key := _ended(bureau)) is not None:
                return key
            await bureau.directory.changed(version)


def _ended(bureau: Participant) -> SigningKey | None:
    now = bureau.clock.now().timestamp()
    entries = bureau.directory.entries_of(bureau.name)
    ended = [entry.kid for entry in entries if entry.revoked_at is None and entry.not_after < now]
    return next((key for kid in ended if (key := bureau.keys.held(kid)) is not None), None)
