"""Screens a notice before its review. No input or output."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.notices.entries import CommonEntry
from services.notices.models import NoticeRecord
from services.notices.review_models import Finding, NoticeRefusalReason, Weight
from services.notices.screening import particulars
from services.notices.screening.acts import NOT_SOUGHT, implied_by, of_acts
from services.notices.screening.engine import findings_in, mentions_in
from services.notices.screening.particulars import EarlierRefusal
from services.notices.screening.passages import is_only_a_name, passages_of
from shared.bureaus import BureauCode
from shared.standing import MEMBER, BureauStanding

# A notice with more is not read further; each is a reason to look at it.
MAX_FINDINGS: Final = 40


def screen(
    notice: NoticeRecord, earlier: Sequence[EarlierRefusal] = (), standing: BureauStanding = MEMBER
) -> tuple[Finding, ...]:
    """Return what the review should look at in a notice, what stops it first."""
    return screen_entry(notice, notice.owner, earlier, standing)


def screen_entry(
    content: CommonEntry,
    owner: BureauCode,
    earlier: Sequence[EarlierRefusal] = (),
    standing: BureauStanding = MEMBER,
) -> tuple[Finding, ...]:
    """Return what the review should look at in the content of a notice of a bureau, what stops it first."""
    found = dict.fromkeys(_all(content, owner, earlier, standing))
    return tuple(sorted(found, key=lambda each: each.weight is not Weight.STOPS))[:MAX_FINDINGS]


def is_stopped(findings: Sequence[Finding]) -> bool:
    """Return whether a finding stops a notice."""
    return any(each.weight is Weight.STOPS for each in findings)


def _all(
    content: CommonEntry, owner: BureauCode, earlier: Sequence[EarlierRefusal], standing: BureauStanding
) -> Iterator[Finding]:
    # First, as so many findings in words may follow that others are left out.
    yield from particulars.of_bureau(content, standing, earlier)
    passages = list(passages_of(content))
    read = [(passage, mentions_in(passage)) for passage in passages]
    implied, stopped = implied_by(content), False
    for passage, mentions in read:
        for each in findings_in(passage, mentions, implied):
            if _applies(each, content):
                stopped |= each.weight is Weight.STOPS
                yield each
    if not stopped:
        yield from of_acts(content, {passage[0].pointer: mentions.keys() for passage, mentions in read})
    yield from particulars.of_provisions(content, owner)
    yield from particulars.of_age(content)
    yield from particulars.of_judicial_data(content)
    yield from particulars.of_facts(content)
    yield from particulars.of_disguise([text for passage in passages for text in passage])


def _applies(finding: Finding, content: CommonEntry) -> bool:
    """Return whether a finding in words counts in a notice of its colour, and where it stands."""
    if is_only_a_name(finding.pointer, finding.words, content.subject):
        return False
    return finding.reason is not NoticeRefusalReason.OTHER or content.colour not in NOT_SOUGHT
