"""What a notice in force remembers of the updates of it that were refused, for the screening. No input or output.

Otherwise a bureau would try what was refused in one notice in another, or in the same one again. It is part of the
notice: it has its retention, and the Commission corrects and deletes it there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from services.notices.review_models import NoticeRefusalReason
from services.notices.subjects.models import AnySubject, Identity, NoticeSubject, Organisation, Part, Person, Thing
from shared.records import service_kit as kit

# The newest say enough, and each names a subject.
MAX_REMEMBERED: Final = 10
_NAMES: Final = frozenset({"kind", "name", "forename", "single_name", "birth_name", "date_of_birth"})
_SEVERAL: Final = frozenset({"names_in_other_scripts", "aliases"})
_SUBJECT: Final = TypeAdapter[AnySubject](NoticeSubject)


class RefusedUpdate(Part):
    """An update that the reviewers refused, with the reason and the subject."""

    at: AwareDatetime = Field(description="When it was refused.", examples=["2026-06-03T09:15:00Z"])
    reason: NoticeRefusalReason = Field(description="On what ground.", examples=["article-3"])
    subject: NoticeSubject = Field(
        description="Of the update: names and date of birth alone.",
        examples=[{"kind": "person", "name": "Dupuis", "forename": "Jean", "date_of_birth": "1985"}],
    )


def remembered_subject(subject: AnySubject) -> AnySubject:
    """Return what is compared of a subject with later ones: its names, and the birth of a person."""
    named = _named(subject, _NAMES | _SEVERAL)
    if isinstance(subject, Person):
        named["identities"] = [_named(identity, _NAMES) for identity in subject.identities]
    return _SUBJECT.validate_python(named)


def with_one_more(refused: tuple[RefusedUpdate, ...], update: RefusedUpdate) -> tuple[RefusedUpdate, ...]:
    """Return what is remembered with one more; where it would be too many, the oldest is forgotten, `other` first."""
    if len(refused) < MAX_REMEMBERED:
        return (*refused, update)
    forgotten = min(refused, key=lambda each: (each.reason is not NoticeRefusalReason.OTHER, each.at))
    return (*(each for each in refused if each is not forgotten), update)


def corrected_refusals(refused: Iterable[RefusedUpdate], corrections: Mapping[str, Any]) -> tuple[RefusedUpdate, ...]:
    """Return what is remembered as the Commission corrected it; what is no subject any more is forgotten."""
    return tuple(_corrected(refused, corrections.get("subject") or {}))


def _corrected(refused: Iterable[RefusedUpdate], of_subject: Mapping[str, Any]) -> Iterator[RefusedUpdate]:
    for each in refused:
        try:
            corrected = _SUBJECT.validate_python(kit.merged(each.subject.model_dump(mode="json"), of_subject))
        except ValidationError:
            continue
        yield each.model_copy(update={"subject": remembered_subject(corrected)})


def _named(part: Person | Organisation | Thing | Identity, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in names if name in type(part).model_fields}
