"""Which earlier refusals are about the same subject as a notice. No input or output."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from pydantic import TypeAdapter

from services.notices.review_models import NoticeRefusalReason
from services.notices.screening.particulars import EarlierRefusal
from services.notices.subjects.models import AnySubject, NoticeSubject, Person, names_of
from shared import names
from shared.dates import overlaps

# Of one subject; each is a finding, and the newest say enough.
MAX_EARLIER: Final = 20
# Pairs of names that are compared in full; of refusals beyond it only the main name is compared.
MAX_COMPARED: Final = 5_000
_SUBJECT: Final = TypeAdapter[AnySubject](NoticeSubject)


class _Decision(msgspec.Struct):
    reason: NoticeRefusalReason


class _RefusedUpdate(msgspec.Struct):
    reason: NoticeRefusalReason
    subject: msgspec.Raw


class _Refused(msgspec.Struct):
    """What is compared of a stored notice: all else of it is not read."""

    id: str
    subject: msgspec.Raw
    decision: _Decision | None = None
    refused_updates: tuple[_RefusedUpdate, ...] = ()


class _Born(msgspec.Struct):
    date_of_birth: str | None = None


_REFUSED: Final = msgspec.json.Decoder(_Refused)
_BORN: Final = msgspec.json.Decoder(_Born)


def refusals_about(subject: AnySubject, refused: Iterable[str | bytes]) -> Sequence[EarlierRefusal]:
    """Return the refusals and cancellations about the same subject: a name that matches, and a birth that may be.

    Takes stored notices in JSON, the newest first. The work is bounded: by MAX_EARLIER, and by MAX_COMPARED.
    """
    return list(_refusals_about(_Sought(subject), refused))


def _refusals_about(sought: "_Sought", refused: Iterable[str | bytes]) -> Iterator[EarlierRefusal]:
    found = 0
    for content in refused:
        notice = _REFUSED.decode(content)
        for reason, subject in _refusals_in(notice):
            if sought.may_be(subject):
                yield EarlierRefusal(notice.id, reason)
                found += 1
            if found == MAX_EARLIER:
                return


def _refusals_in(notice: _Refused) -> Iterator[tuple[NoticeRefusalReason, msgspec.Raw]]:
    """Yield the reason of each refusal in a notice, with the subject that it was about: its own, and of its updates."""
    if notice.decision is not None:
        yield notice.decision.reason, notice.subject
    for update in reversed(notice.refused_updates):
        yield update.reason, update.subject


class _Sought:
    """The subject of a notice, compared with those of refused ones."""

    def __init__(self, subject: AnySubject) -> None:
        self._names = [(each, names.query_terms(each), names.record_terms([each])) for each in names_of(subject)]
        self._born = subject.date_of_birth if isinstance(subject, Person) else None
        self._left = MAX_COMPARED

    def may_be(self, subject: msgspec.Raw) -> bool:
        """Return whether another subject may be the same; what is not known of a birth agrees with all."""
        born = _BORN.decode(subject).date_of_birth
        if self._born and born and not overlaps(self._born, born):
            return False
        known = names_of(_SUBJECT.validate_json(bytes(subject)))
        return any(self._is_called(name) for name in (known if self._left > 0 else known[:1]))

    def _is_called(self, known: str) -> bool:
        asked, stored = names.query_terms(known), names.record_terms([known])
        for name, name_asked, name_stored in self._names if self._left > 0 else self._names[:1]:
            # A match in one direction has a term in common: most names have none, and need no comparison.
            if not (name_asked.isdisjoint(stored) and asked.isdisjoint(name_stored)):
                self._left -= 1
                if names.match_names(name, [known]) or names.match_names(known, [name]):
                    return True
        return False
