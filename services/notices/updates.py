"""The update of a notice in force: at once, or pending until the review is over. The notice stays in force meanwhile.

A review is of the pending update if there is one, and else of the notice itself: both are cases. No input or output.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from services.notices.binding import (
    AT_ONCE,
    OWN,
    TERMS,
    adopted_values,
    binding_changes,
    changes,
    is_told_to_all,
    values_at,
)
from services.notices.criteria.requirements import require_complete
from services.notices.entries import CommonEntry, NoticeEntry
from services.notices.lifecycle import IN_FORCE, TO_REVIEW, NoticeStatus
from services.notices.models import NoticeRecord, PendingUpdate
from services.notices.officers import drafters_with, is_secretariats
from services.notices.review_models import Finding, joined_threads
from services.notices.screening.particulars import EARLIER_REFUSAL, EarlierRefusal
from services.notices.screening.screen import is_stopped, screen_entry
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, Invalid
from shared.identity import Caller
from shared.records import service_kit as kit

N = TypeVar("N", bound=NoticeRecord)
Case = NoticeRecord | PendingUpdate

# The owner's own decisions, whatever waits.
_AT_ANY_TIME: Final = TERMS | OWN
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
    """Return a notice in force with another content: what binds waits for review; what does not changes at once.

    One that changes nothing is the notice itself. An update that binds replaces the one that waits, without its
    approvals, and its thread goes on; an addendum leaves it as it is. Of a supervised bureau all but the terms waits,
    and of all what the screening stops; a diffusion of others than the Secretariat is reviewed afterwards, unless an
    update of it waits already.
    Raises Incomplete, PurposeDoesNotFit, StatusDoesNotFit, and Invalid of a reference that says more than a number.
    """
    whole, stated = entry.resolved(), entry_of(notice)
    changed = _changed(notice, whole)
    if not changed:
        return notice
    candidate = stated.model_copy(update=values_at(changed, whole, stated))
    findings = screen_entry(candidate, notice.owner, earlier, by.standing)
    _require_plain_reference(changed, findings)
    if (content := [path for path in changed if path not in _AT_ANY_TIME]) and _waits(notice, content, by, findings):
        return _awaiting(notice, changed, candidate, by, revision, findings)
    if content:
        _require_complete(notice, candidate, None, revision)
    after = values_at(changed, whole, stated) | {"drafted_by": drafters_with(notice, by)}
    if content:
        after |= {"findings": findings, "compliant": None, "pending": _left_by(notice.pending, content)}
    if is_told_to_all(changed):
        after["status"] = _after_update(notice.status)
    return _version_after(notice, changed)(revision.at, **after)


def _changed(notice: NoticeRecord, whole: CommonEntry) -> list[str]:
    """Return what an entry changes: where the update that waits is stated again in it, what it changes besides."""
    changed, waiting = changes(notice, whole), open_update(notice)
    restated = parsed(waiting.content) if waiting else None
    if waiting is None or restated is None or binding_changes(restated, whole):
        return changed
    again = {*waiting.changes} - {*changes(restated, whole)}
    return [path for path in changed if path not in again]


def _awaiting(
    notice: N,
    changed: Sequence[str],
    candidate: CommonEntry,
    by: Caller,
    revision: kit.Revision,
    findings: tuple[Finding, ...],
) -> N:
    """Return a notice with an update that waits, and with its new terms; an addendum joins the one that waits."""
    waiting = open_update(notice)
    at_once = [path for path in changed if path in _AT_ANY_TIME]
    content = [path for path in changed if path not in _AT_ANY_TIME]
    waits = parsed(waiting.content) if waiting and is_addendum(content) else None
    if waiting and waits:
        candidate = waits.model_copy(update=values_at(content, candidate, waits))
        remembered = [each for each in waiting.findings if each.code == EARLIER_REFUSAL]
        findings = (*remembered, *screen_entry(candidate, notice.owner, standing=by.standing))
        content = list(dict.fromkeys((*waiting.changes, *content)))
    _require_complete(notice, candidate, waiting.photographs if waiting else None, revision)
    pending = PendingUpdate(
        status=NoticeStatus.SUBMITTED,
        submitted=revision.at,
        content=candidate.model_dump(mode="json"),
        changes=tuple(content),
        photographs=waiting.photographs if waiting else None,
        findings=findings,
        exchanges=waiting.exchanges if waiting else (),
    )
    terms = values_at(at_once, candidate, entry_of(notice))
    next_version = _version_after(notice, at_once)
    return next_version(revision.at, **terms, pending=pending, drafted_by=drafters_with(notice, by))


def _version_after(notice: N, at_once: Collection[str]) -> Callable[..., N]:
    """Return what makes the next version: one that others do not see, if they are shown nothing of what changes."""
    return notice.unseen_version if {*at_once} <= OWN else notice.next_version


def _left_by(update: PendingUpdate | None, content: Sequence[str]) -> PendingUpdate | None:
    """Return an update as a change made at once leaves it: an addendum was stated after it, another content ends it."""
    if update is None or not is_addendum(content):
        return None
    left = {
        "changes": tuple(path for path in update.changes if path not in content),
        "findings": tuple(each for each in update.findings if not _is_within(each, content)),
    }
    return update.model_copy(update=left)


def with_photographs(notice: N, photographs: Sequence[kit.Photograph], by: Caller, revision: kit.Revision) -> N:
    """Return the notice with other photographs: of one in force they wait for review, with the update that waits.

    Those of a diffusion change at once, unless its bureau is supervised, or photographs of it wait already.
    Raises Incomplete of one in force that lacks, with these, what its colour requires.
    """
    drafted_by = drafters_with(notice, by)
    if notice.status in IN_FORCE:
        _require_complete_with(notice, photographs, revision)
    waiting = open_update(notice)
    is_free = waiting is None or waiting.photographs is None
    is_reviewed_afterwards = _is_reviewed_afterwards(notice) and not by.standing.needs_prior_review and is_free
    if notice.status not in IN_FORCE or is_reviewed_afterwards:
        return notice.next_version(revision.at, photographs=tuple(photographs), drafted_by=drafted_by, compliant=None)
    pending = PendingUpdate(
        status=NoticeStatus.SUBMITTED,
        submitted=revision.at,
        content=waiting.content if waiting else entry_of(notice).model_dump(mode="json"),
        changes=waiting.changes if waiting else (),
        photographs=tuple(photographs),
        # Of the same words the same was found.
        findings=waiting.findings if waiting else notice.findings,
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
    content = adopted_values(notice, entry, update.changes)
    if entry.model_copy(update=content).public_fault():
        # Made public while a condition waited that forbids it.
        content["public"] = False
    return notice.next_version(
        revision.at,
        **content,
        findings=update.findings,
        approvals=update.approvals,
        exchanges=joined_threads(notice.exchanges, update.exchanges),
        photographs=notice.photographs if update.photographs is None else update.photographs,
        status=_after_update(notice.status),
        pending=None,
        compliant=None,
    )


def corrected(update: PendingUpdate, corrections: Mapping[str, Any], owner: BureauCode) -> PendingUpdate | None:
    """Return an update with a correction of the Commission, without approvals; None if it is no entry any more."""
    content = kit.merged(update.content, corrections)
    if (entry := parsed(content)) is None:
        return None
    # Its findings quote words that may have been corrected.
    remembered = [each for each in update.findings if each.code == EARLIER_REFUSAL]
    findings = (*remembered, *screen_entry(entry, owner)) if update.findings else ()
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
    notice: NoticeRecord, entry: CommonEntry, photographs: Sequence[kit.Photograph] | None, revision: kit.Revision
) -> None:
    """Require of a notice in force, with another content and other photographs if any, what its colour requires."""
    entered = _entered(notice, entry)
    if photographs is not None:
        entered = entered.model_copy(update={"photographs": tuple(photographs)})
    require_complete(entered, revision.at.date(), is_diffusion=notice.status is NoticeStatus.DIFFUSED)


def _require_complete_with(notice: NoticeRecord, photographs: Sequence[kit.Photograph], revision: kit.Revision) -> None:
    """Require that the update that waits, or else the notice in force, is complete with other photographs."""
    waiting = open_update(notice)
    entry = parsed(waiting.content) if waiting else entry_of(notice)
    if entry is not None:
        _require_complete(notice, entry, photographs, revision)


def is_addendum(content: Iterable[str]) -> bool:
    """Return whether none of the members that an entry changes binds."""
    return all(path in AT_ONCE for path in content)


def _waits(notice: NoticeRecord, content: Sequence[str], by: Caller, findings: Sequence[Finding]) -> bool:
    """Return whether a change of these members, none of which is a term, waits for review."""
    if by.standing.needs_prior_review:
        return True
    if is_addendum(content):
        # The reviewers have decided on this person in this notice.
        return _stopped_anew(notice, [each for each in findings if each.code != EARLIER_REFUSAL], content)
    at_once = _is_reviewed_afterwards(notice) and open_update(notice) is None
    return not at_once or _stopped_anew(notice, findings, content)


def _require_plain_reference(changed: Sequence[str], findings: Sequence[Finding]) -> None:
    """Require of a reference, which all are shown and nobody reviews, that it says nothing. Raises Invalid."""
    if "reference" in changed and is_stopped([each for each in findings if each.pointer == "/reference"]):
        raise Invalid("give the number of the file alone: the screening stops these words", at="/reference")


def _is_reviewed_afterwards(notice: NoticeRecord) -> bool:
    """Return whether updates are reviewed afterwards: of diffusions, but for those of the Secretariat itself."""
    return notice.status is NoticeStatus.DIFFUSED and not is_secretariats(notice)


def _stopped_anew(notice: NoticeRecord, findings: Sequence[Finding], content: Iterable[str]) -> bool:
    """Return whether a finding stops an update that the reviewers did not overrule before, in a text that stays."""
    overruled = {_stated(each) for approval in notice.approvals for each in approval.findings}
    return is_stopped([each for each in findings if _stated(each) not in overruled or _is_within(each, content)])


def _is_within(finding: Finding, content: Iterable[str]) -> bool:
    """Return whether a finding rests on the text of one of some members, given by their paths."""
    return any(f"{finding.pointer}/".startswith(f"/{path.replace('.', '/')}/") for path in content)


def _stated(finding: Finding) -> tuple[str, str, str]:
    """Return what makes two findings the same: an answer to one says nothing about later words."""
    return finding.code, finding.pointer, finding.words


def _after_update(status: NoticeStatus) -> NoticeStatus:
    """Return the state of a notice whose content is replaced: a diffusion stays one."""
    return status if status is NoticeStatus.DIFFUSED else NoticeStatus.UPDATED
