"""Drafts of France, and those of the Security Council, which an officer of the Secretariat enters."""

from typing import Any

from services.notices import rules
from services.notices.models import NoticeRecord
from shared.identity import Caller
from shared.ids import uuid7
from shared.records.policy import Revision
from tests.conftest import NOW
from tests.services.notices.examples import entry
from tests.support import caller

ISSUER = caller("FR", "notices:read", "notices:write")
CLERK = caller("IPSG", "notices:read", "notices:write")
STAMP = Revision(uuid7(NOW), NOW)


def drafter_of(colour: str) -> Caller:
    """Return the officer who drafts notices of a colour: of the Security Council's that of the Secretariat."""
    return CLERK if colour == "un-special" else ISSUER


def drafted(content: dict[str, Any]) -> NoticeRecord:
    return rules.draft(entry(content), by=drafter_of(content["colour"]), revision=STAMP)
