"""The update of a notice in force: at once, or pending until the review is over. The notice stays in force meanwhile.

A review is of the pending update if there is one, and else of the notice itself: both are cases. No input or output.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from services.notices.binding import TERMS, binding_changes
from services.notices.entries import CommonEntry, NoticeEntry
from services.notices.lifecycle import IN_FORCE, TO_REVIEW, NoticeStatus
from services.notices.models import NoticeRecord, PendingUpdate
from services.notices.officers import drafters_with, is_secretariats
from services.notices.photographs import Photograph
from services.notices.requirements import require_complete
from services.notices.review import Finding
from services.notices.screening.particulars import EarlierRefusal
from services.notices.screening.screen import is_stopped, screen_entry
from shared.bureaus import BureauCode
from shared.errors import IllegalStep
from shared.identity import Caller
from shared.records import service_kit as kit

N = TypeVar("N", bound=NoticeRecord)
Case = NoticeRecord | PendingUpdate

_ENTRIES: Final[TypeAdapter[Any]] = TypeAdapter(NoticeEntry)


def open_update(notice: NoticeRecord) -> PendingUpdate | None:
    """Return the update that waits for a decision, or None."""
    return notice.pending if notice.pending is not None and notice.pending.status in TO_REVIEW else None


def case_of(notice: NoticeRecord) -> Case:
    """Return what the reviewers work on: the update that waits, or else the notice itself."""
    return open_update(notice) or notice


def with_case(notice: N, revision: kit.Revision, **changes: Any) -> N:
    """Return the notice with a step of its review; while it is in force others do not see that there is one."""
    if (update := open_update(notice)) is not None:
        return notice.unseen_version(revision.at, pending=update.model_copy(update=changes))
    next_version = notice.unseen_version if notice.status in IN_FORCE else notice.next_version
    return next_version(revision.at, **changes)


def updated(
    notice: N, entry: CommonEntry, by: Caller, revision: kit.Revision, earlier: Sequence[EarlierRefusal] = ()
) -> N:
    """Return a notice in force with another content: what binds waits for review, with all else but its terms.

    What waited before is replaced, without its approvals, and its thread goes on. Of a supervised bureau everything
    waits, and of all what the screening stops; a diffusion of others than the Secretariat is reviewed afterwards.
    Raises Incomplete, PurposeDoesNotFit, StatusDoesNotFit.
    """
    whole = entry.resolved()
    waiting = open_update(notice)
    photographs = waiting.photographs if waiting else None
    _require_complete(notice, whole, photographs, revision)
    findings = screen_entry(whole, notice.owner, earlier, by.standing)
    drafted_by = drafters_with(notice, by)
    terms, others = _split(kit.input_fields(whole))
    if photographs is None and not _waits(notice, whole, by) and not _stopped_anew(notice, findings):
        at_once = {**terms, **others, "status": _after_update(notice.status), "pending": None, "compliant": None}
        at_once["findings"] = findings
        return notice.next_version(revision.at, **at_once, drafted_by=drafted_by)
    pending = PendingUpdate(
        status=NoticeStatus.SUBMITTED,
        submitted=revision.at,
        content=whole.model_dump(mode="json"),
        photographs=photographs,
        findings=findings,
        exchanges=waiting.exchanges if waiting else (),
    )
    is_same = all(getattr(notice, name) == value for name, value in terms.items())
    next_version = notice.unseen_version if is_same else notice.next_version
    return next_version(revision.at, **terms, pending=pending, drafted_by=drafted_by)


def with_photographs(notice: N, photographs: Sequence[Photograph], by: Caller, revision: kit.Revision) -> N:
    """Return the notice with other photographs: of one in force they wait for review, with the update that waits.

    Raises Incomplete of one in force that lacks, with these, what its colour requires.
    """
    drafted_by = drafters_with(notice, by)
    if notice.status in IN_FORCE:
        _require_complete_with(notice, photographs, revision)
    at_once = notice.status not in IN_FORCE or (_is_reviewed_afterwards(notice) and not by.standing.needs_prior_review)
    if at_once:
        return notice.next_version(revision.at, photographs=tuple(photographs), drafted_by=drafted_by, compliant=None)
    waiting = open_update(notice)
    content = waiting.content if waiting else entry_of(notice).model_dump(mode="json")
    pending = PendingUpdate(
        status=NoticeStatus.SUBMITTED,
        submitted=revision.at,
        content=content,
        photographs=tuple(photographs),
        findings=waiting.findings if waiting else (),
        exchanges=waiting.exchanges if waiting else (),
    )
    return notice.unseen_version(revision.at, pending=pending, drafted_by=drafted_by)


def adopted(notice: N, update: PendingUpdate, revision: kit.Revision) -> N:
    """Return the notice with the content of an update that was approved, on the terms that are in force.

    Raises Incomplete, and IllegalStep if the update is no entry any more, as after a correction.
    """
    entry = parsed(update.content)
    if entry is None:
        raise IllegalStep("the update does not fit its colour any more: refuse it, and ask for another")
    _require_complete(notice, entry, update.photographs, revision)
    photographs = notice.photographs if update.photographs is None else update.photographs
    _, content = _split(kit.input_fields(entry))
    review = {name: getattr(update, name) for name in ("findings", "exchanges", "approvals")}
    status = _after_update(notice.status)
    return notice.next_version(
        revision.at, **content, **review, photographs=photographs, status=status, pending=None, compliant=None
    )


def corrected(update: PendingUpdate, corrections: Mapping[str, Any], owner: BureauCode) -> PendingUpdate | None:
    """Return an update with a correction of the Commission, without approvals; None if it is no entry any more."""
    content = kit.merged(update.content, corrections)
    if (entry := parsed(content)) is None:
        return None
    # Its findings quote words that may have been corrected.
    findings = screen_entry(entry, owner) if update.findings else ()
    return update.model_copy(update={"content": content, "approvals": (), "findings": findings})


def parsed(content: Mapping[str, Any]) -> CommonEntry | None:
    """Return the entry of a stored content, or None if it is not one."""
    try:
        return cast("NoticeEntry", _ENTRIES.validate_json(json.dumps(content)))
    except ValidationError:
        return None


def entry_of(notice: NoticeRecord) -> CommonEntry:
    """Return the entry of a notice, as its bureau would enter it."""
    kind = kit.input_of(type(notice))
    return cast("NoticeEntry", kind.model_construct(**{name: getattr(notice, name) for name in kind.model_fields}))


def _entered(notice: N, entry: CommonEntry) -> N:
    """Return a notice with another content of its colour: what it has besides, such as photographs, counts as well."""
    return notice.model_copy(update={name: getattr(entry, name) for name in type(entry).model_fields})


def _require_complete(
    notice: NoticeRecord, entry: CommonEntry, photographs: Sequence[Photograph] | None, revision: kit.Revision
) -> None:
    """Require of a notice in force, with another content and other photographs if any, what its colour requires."""
    entered = _entered(notice, entry)
    if photographs is not None:
        entered = entered.model_copy(update={"photographs": tuple(photographs)})
    require_complete(entered, revision.at.date(), is_diffusion=notice.status is NoticeStatus.DIFFUSED)


def _require_complete_with(notice: NoticeRecord, photographs: Sequence[Photograph], revision: kit.Revision) -> None:
    """Require that the update that waits, or else the notice in force, is complete with other photographs."""
    waiting = open_update(notice)
    entry = parsed(waiting.content) if waiting else entry_of(notice)
    if entry is not None:
        _require_complete(notice, entry, photographs, revision)


def _waits(notice: NoticeRecord, entry: CommonEntry, by: Caller) -> bool:
    if by.standing.needs_prior_review:
        return bool(changed_content(notice, entry))
    return not _is_reviewed_afterwards(notice) and bool(binding_changes(notice, entry))


def _is_reviewed_afterwards(notice: NoticeRecord) -> bool:
    """Return whether updates are reviewed afterwards: of diffusions, but for those of the Secretariat itself."""
    return notice.status is NoticeStatus.DIFFUSED and not is_secretariats(notice)


def _stopped_anew(notice: NoticeRecord, findings: Sequence[Finding]) -> bool:
    """Return whether a finding stops an update that the reviewers did not overrule before, in these words there."""
    overruled = {_stated(each) for approval in notice.approvals for each in approval.findings}
    return is_stopped([finding for finding in findings if _stated(finding) not in overruled])


def _stated(finding: Finding) -> tuple[str, str, str]:
    """Return what makes two findings the same: an answer to one says nothing about later words."""
    return finding.code, finding.pointer, finding.words


def changed_content(notice: NoticeRecord, entry: CommonEntry) -> list[str]:
    """Return the members besides its terms that an entry changes."""
    names = type(entry).model_fields.keys() - TERMS
    return sorted(name for name in names if getattr(notice, name) != getattr(entry, name))


def _after_update(status: NoticeStatus) -> NoticeStatus:
    """Return the state of a notice whose content is replaced: a diffusion stays one."""
    return status if status is NoticeStatus.DIFFUSED else NoticeStatus.UPDATED


def _split(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the terms among the fields of an entry, and the others."""
    terms = {name: value for name, value in fields.items() if name in TERMS}
    return terms, {name: value for name, value in fields.items() if name not in TERMS}
