"""What a search of notices asks of their tables, and how what was found by name is ranked."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from services.notices import matching
from services.notices.lifecycle import IN_FORCE
from services.notices.notice_tables import notice_particulars, notices
from services.notices.particulars import BirthSought, comparable_number
from services.notices.queries import NoticeQuery
from shared.records import service_kit as kit

Conditions = Sequence[sa.ColumnElement[bool]]
Sought = Sequence[BirthSought]

_FACTS: Final = {"colour", "sex", "person_status"}


class Scored(NamedTuple):
    """A notice that was found by name; the best is the greatest, and of equal ones the newest."""

    score: float
    id: str
    named: kit.NamedRecord


def scored(named: kit.NamedRecord) -> Scored:
    """Return a notice with its score, by name and by the doubts that its births leave."""
    return Scored(matching.score(named.hit.score, sum(named.columns)), named.id, named)


def conditions_of(query: NoticeQuery, sought: Sought) -> Conditions:
    """Return the conditions of all that a search asks for besides the name, of the visible notices in force."""
    conditions = [kit.visible(notices), notices.c.status.in_(IN_FORCE)]
    given = query.model_dump(include=_FACTS, exclude_none=True)
    conditions += (notices.c[fact] == value for fact, value in given.items())
    if query.nationality is not None:
        conditions.append(notices.c.nationalities.like(f"%,{query.nationality},%"))
    if query.document_number is not None:
        conditions.append(notice_particulars.has_document(notices, comparable_number(query.document_number)))
    conditions += (notice_particulars.doubts(notices, each).is_not(None) for each in sought)
    return conditions


def doubts_by_birth(sought: Sought, doubts: Sequence[int]) -> Mapping[BirthSought, int]:
    """Return the doubt about each birth that is sought."""
    return dict(zip(sought, doubts, strict=True))
