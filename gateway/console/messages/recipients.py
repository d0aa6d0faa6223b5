"""The recipients that a message can have: the participants that the directory has keys of, by region."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from gateway.console.page import Page
from shared.bureaus import MAILBOX_KINDS, REGIONS

DIRECTORY: Final = "/directory"


class Recipients(NamedTuple):
    """The participants of this network that take messages, but the officer's own bureau."""

    regions: dict[str, list[str]]
    others: list[str]
    """Those that are no members, such as the General Secretariat."""

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.others) + sum(map(len, self.regions.values()))

    def unlisted(self, codes: Sequence[str]) -> list[str]:
        """Return which of some codes that were typed are not among them."""
        listed = {*self.others}.union(*self.regions.values())
        return [code for code in codes if code not in listed]


async def recipients_for(page: Page) -> Recipients:
    """Return the participants that an officer can write to, in the order of their language. Raises ApiRefused."""
    keys = (await page.api.get(DIRECTORY))["keys"]
    now = page.context.clock.now().timestamp()
    reached = {key["participant"] for key in keys if _takes_messages(key, now)} - {page.grant.bureau}
    regions = {name: _in_order(page, reached.intersection(members)) for name, members in REGIONS.items()}
    others = reached.difference(*regions.values())
    return Recipients({name: codes for name, codes in regions.items() if codes}, _in_order(page, others))


def _takes_messages(key: dict[str, Any], now: float) -> bool:
    is_valid = key["nbf"] <= now < key["exp"] and key["revoked_at"] is None
    return is_valid and key["kind"] in MAILBOX_KINDS


def _in_order(page: Page, codes: set[str]) -> list[str]:
    return sorted(codes, key=page.texts.bureau)
