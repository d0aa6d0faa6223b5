"""Who may see a record besides its owner: as a condition of SQL, and the same of one record.

Visibility is part of the SQL of every read and nothing is filtered afterwards, so that totals, pages and errors do not
reveal more than the rows do (RPD article 58). A row states in `reach` how far its readers
see, and in `admitted` who sees it by name although their reach is shorter; see ADR 63.
"""

from datetime import datetime
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from shared.bureaus import (
    MEMBERS,
    PARTNERS,
    PUBLIC,
    REGIONAL_BUREAUS,
    REVIEWERS,
    UNITS,
    BureauCode,
    kind_of,
)
from shared.errors import Refusal
from shared.handling import Handling
from shared.identity import HANDLING_CONFIDENTIAL, Caller, examines
from shared.records.admission import ALL_PARTNERS
from shared.records.policy import Audience, Record
from shared.records.tables import ADMITTED
from shared.storage import Rows, inline_literal


class HandlingConfidential(Refusal, status=403, code="handling-confidential", title="The record is confidential"):
    """Only officers with the scope `handling:confidential` read, enter or change it, those of its owner as well."""


class Reach(IntEnum):
    """How far a participant sees without being admitted by name. A row states the least reach that sees it.

    From SECRETARIAT on the numbers are those of `Audience`.
    """

    NOBODY = -2
    """The public, which is admitted by name only, and any kind of participant that reads no records."""

    PARTNERS = -1
    """A partner: what is open to all partners."""

    MEMBERS = 0
    SECRETARIAT = 1
    OWNER = 2
    """The Commission."""


class Access(NamedTuple):
    """The columns of a row that decide who sees it, besides owner and expiry."""

    reach: int
    admitted: str
    restricted: str


def access_of(record: Record, audience: Audience) -> Access:
    """Return who sees a record, as its row states it."""
    restricted = _listed(record.restricted)
    if audience > Audience.ALL:
        return Access(int(audience), "", restricted)
    public = (PUBLIC,) if _has_extract(record, audience) else ()
    reach = Reach.MEMBERS
    if record.addressed:
        reach = Reach.SECRETARIAT
    elif record.partners == ALL_PARTNERS:
        reach = Reach.PARTNERS
    return Access(int(reach), _listed((*record.addressed, *record.named_partners, *public)), restricted)


@cache
def visible(table: sa.Table, *, reach: str = "reach", admitted: str = "admitted") -> sa.ColumnElement[bool]:
    """Return the condition that the caller in `visibility(...)` may see a row, and that it has not expired.

    A kind that shows a part of its records more widely has columns of its own for its reach and who is admitted to it.
    """
    name = sa.bindparam("visible_name", type_=sa.Text)
    # An expression, as SQLite prepares a statement again for each value of a parameter after LIKE, which takes 45 us.
    named = table.c[admitted].like(sa.literal_column("''", sa.Text) + name)
    reached = sa.or_(table.c[reach] <= sa.bindparam("visible_reach"), named)
    restricted = table.c.restricted
    unrestricted = sa.or_(restricted == inline_literal(""), restricted.not_like(name))
    is_shown = sa.or_(table.c.owner == sa.bindparam("visible_to"), sa.and_(reached, unrestricted))
    return sa.and_(table.c.expires > sa.bindparam("visible_at"), is_shown)


def is_public(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that everybody may see the extract of a row, unless it has expired."""
    # The first says nothing more, but there is an index of it.
    return sa.and_(sa.literal_column(f"({ADMITTED})"), table.c.admitted.like(inline_literal(f"%,{PUBLIC},%")))


def visibility(caller: Caller, at: datetime) -> dict[str, Any]:
    """Return the parameters of `visible`."""
    reach, name = reach_of(caller.bureau), f"%,{caller.bureau},%"
    if examines(caller.bureau, caller.purpose):
        # Restrictions bind bureaus and the Secretariat, not the Commission. An empty pattern matches no list of
        # barred bureaus but the empty one.
        reach, name = Reach.OWNER, ""
    return {
        "visible_at": int(at.timestamp()),
        "visible_to": caller.bureau,
        "visible_reach": int(reach),
        "visible_name": name,
    }


def reach_of(bureau: BureauCode) -> Reach:
    """Return how far a participant sees; a kind that is not listed here sees nothing."""
    if bureau in REVIEWERS:
        return Reach.SECRETARIAT
    match kind_of(bureau):
        case "bureau" | "unit":
            return Reach.MEMBERS
        case "partner":
            return Reach.PARTNERS
        case _:
            return Reach.NOBODY


def may_see(bureau: BureauCode, record: Record, audience: Audience) -> bool:
    """Return whether a participant may see a record. Does NOT check whether it has expired: see `may_find`."""
    return bureau == record.owner or (bureau not in record.restricted and _is_open_to(bureau, record, audience))


def may_find(bureau: BureauCode, record: Record, audience: Audience, at: datetime) -> bool:
    """Return whether a search of a participant may find a record: what `visible` requires of rows, for one record."""
    return int(record.expires.timestamp()) > int(at.timestamp()) and may_see(bureau, record, audience)


def widens(before: Record, after: Record) -> bool:
    """Return whether a version opens a record to anyone who could not see the former one, as sending it does.

    It compares what the two state of their readers, whatever the state of the record.
    """
    to_all_partners = after.partners == ALL_PARTNERS != before.partners
    if to_all_partners or (after.is_public and not before.is_public):
        return True
    anybody = {*MEMBERS, *UNITS, *REGIONAL_BUREAUS, *PARTNERS, *before.restricted, *after.partners}
    return any(may_see(one, after, Audience.ALL) and not may_see(one, before, Audience.ALL) for one in anybody)


def changes_readers(before: Record, after: Record) -> bool:
    """Return whether a version states other readers than the former one."""
    return _readers(before) != _readers(after)


def _readers(record: Record) -> tuple[Any, ...]:
    to_all_partners = record.partners == ALL_PARTNERS
    return {*record.restricted}, {*record.addressed}, to_all_partners, {*record.named_partners}, record.is_public


def may_hide(before: Rows, now: Access) -> bool:
    """Return whether a version may hide a record from anybody: it is not open to all, or was open to others before."""
    return bool(now.restricted) or now.reach > Reach.MEMBERS or any(tuple(row) != now for row in before)


def require_cleared(record: Record, caller: Caller, *, is_new: bool = False) -> None:
    """Require the scope to read confidential records, if a record is one. Raises HandlingConfidential.

    The id of a new one, which is not stored, is not named.
    """
    if record.handling is Handling.CONFIDENTIAL and not is_cleared(caller):
        which = "the entry" if is_new else f"record {record.id}"
        raise HandlingConfidential(
            f"{which} is CONFIDENTIAL: this needs the scope {HANDLING_CONFIDENTIAL}, which the officer does not hold"
        )


def is_cleared(caller: Caller) -> bool:
    """Return whether a caller may read confidential records: by a scope, or as the Commission, which reads all."""
    return HANDLING_CONFIDENTIAL in caller.scopes or examines(caller.bureau, caller.purpose)


def _is_open_to(bureau: BureauCode, record: Record, audience: Audience) -> bool:
    if bureau in REVIEWERS:
        return audience <= Audience.SECRETARIAT
    is_shared = audience <= Audience.ALL
    match kind_of(bureau):
        case "bureau" | "unit":
            return is_shared and (not record.addressed or bureau in record.addressed)
        case "partner" if record.partners == ALL_PARTNERS:
            return is_shared and not record.addressed
        case "partner":
            return is_shared and bureau in record.partners
        case kind:
            return kind == "public" and _has_extract(record, audience)


def _has_extract(record: Record, audience: Audience) -> bool:
    """Return whether the public is shown an extract: not of a kind that declares none, nor of what binds its readers.

    What is addressed to some bureaus is not public, whatever a kind declares.
    """
    binds = record.handling is not Handling.OFFICIAL_USE or record.conditions or record.addressed
    return audience is Audience.PUBLIC and bool(record.public_fields) and not binds


def _listed(codes: tuple[BureauCode, ...]) -> str:
    return "".join(f",{code}," for code in codes)
