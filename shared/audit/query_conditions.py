"""What a leaf has to be to fit a query, in SQL."""

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from shared.audit.models import LeafQuery
from shared.audit.tables import audit_leaves, disclosures
from shared.bureaus import SECRETARIAT
from shared.protocol.envelope import Digest

_leaves: Final = audit_leaves.c
_asked: Final = audit_leaves.alias("asked").c
_shown: Final = disclosures.c
Condition = sa.ColumnElement[bool]


def of_leaves(*conditions: Condition) -> sa.Select[Any]:
    """Return what selects the numbers of leaves by what they say themselves."""
    return sa.select(_leaves.number.label("number")).where(*conditions)


def of_records(*conditions: Condition) -> sa.Select[Any]:
    """Return what selects the numbers of leaves by what they showed, too."""
    joined = sa.select(_shown.leaf.label("number")).join_from(disclosures, audit_leaves, _leaves.number == _shown.leaf)
    return joined.where(*conditions).distinct()


def ends_with(answer: Digest) -> Condition:
    """Return whether a leaf is about an answer: the digest of that stands at its end, and nowhere else."""
    end = f'"answer":"{answer}"}}'.encode()
    return sa.func.substr(_leaves.leaf, sa.func.length(_leaves.leaf) - len(end) + 1) == end


def leaf_conditions(query: LeafQuery) -> Iterator[Condition]:
    """Yield what a leaf has to say."""
    named = {"bureau": query.bureau, "officer": query.officer, "purpose": query.purpose, "operation": query.operation}
    yield from (_leaves[name] == value for name, value in named.items() if value is not None)
    if query.request is not None:
        # The records of an owner are many, and the leaves of a request few.
        yield _leaves.number.in_(sa.select(_asked.number).where(_asked.request == query.request))
    if query.since is not None:
        yield _leaves.at >= query.since.timestamp()
    if query.until is not None:
        yield _leaves.at < query.until.timestamp()


def record_conditions(query: LeafQuery) -> Iterator[Condition]:
    """Yield what a leaf has to have shown. What is listed for an owner is found by the index of that."""
    if query.record is not None:
        yield _shown.record_id == query.record
    if query.owner is not None:
        yield columns_beside(query)[1].in_((query.owner, SECRETARIAT))
        yield _shown.owner == query.owner


def columns_beside(query: LeafQuery) -> tuple[sa.ColumnElement[int], sa.ColumnElement[str]]:
    """Return the leaf of what was shown, and in whose list it is.

    Where a record is wanted it is found by its index, and what is made of these columns stands in no other.
    """
    return (_shown.leaf, _shown.listed_for) if query.record is None else (_shown.leaf + 0, _shown.listed_for + "")
