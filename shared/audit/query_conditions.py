"""The conditions of a query for leaves, in SQL."""

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from shared.audit.models import LeafQuery
from shared.audit.tables import audit_leaves, disclosures
from shared.bureaus import COMMISSION, SECRETARIAT
from shared.protocol.envelope import Digest

_leaves: Final = audit_leaves.c
_asked: Final = audit_leaves.alias("asked").c
_shown: Final = disclosures.c
Condition = sa.ColumnElement[bool]


def of_leaves(*conditions: Condition) -> sa.Select[Any]:
    """Select the numbers of leaves by conditions on leaves."""
    return sa.select(_leaves.number.label("number")).where(*conditions)


def of_records(*conditions: Condition) -> sa.Select[Any]:
    """Select the numbers of leaves by conditions on leaves and what they showed."""
    joined = sa.select(_shown.leaf.label("number")).join_from(disclosures, audit_leaves, _leaves.number == _shown.leaf)
    return joined.where(*conditions).distinct()


def has_answer(answer: Digest) -> Condition:
    """Return whether a leaf is about an answer, whose digest is at its end."""
    end = f'"answer":"{answer}"}}'.encode()
    return sa.func.substr(_leaves.leaf, sa.func.length(_leaves.leaf) - len(end) + 1) == end


def leaf_conditions(query: LeafQuery) -> Iterator[Condition]:
    """Yield the conditions on leaves."""
    named = {"bureau": query.bureau, "officer": query.officer, "purpose": query.purpose, "operation": query.operation}
    yield from (_leaves[name] == value for name, value in named.items() if value is not None)
    if query.request is not None:
        # First, as the records of an owner are many, and the leaves of a request few.
        yield _leaves.number.in_(sa.select(_asked.number).where(_asked.request == query.request))
    if query.since is not None:
        yield _leaves.at >= query.since.timestamp()
    if query.until is not None:
        yield _leaves.at < query.until.timestamp()


def record_conditions(query: LeafQuery) -> Iterator[Condition]:
    """Yield the conditions on disclosures. Those of an owner are found by the index of its list."""
    if query.record is not None:
        yield _shown.record_id == query.record
    if query.owner is not None:
        yield place_columns(query)[1].in_((query.owner, SECRETARIAT, COMMISSION))
        yield _shown.owner == query.owner


def place_columns(query: LeafQuery) -> tuple[sa.ColumnElement[int], sa.ColumnElement[str]]:
    """Return the columns of the leaf of a disclosure, and of the owner of its list.

    Where a record is wanted they are expressions, so that no other index than that of records is used.
    """
    return (_shown.leaf, _shown.listed_for) if query.record is None else (_shown.leaf + 0, _shown.listed_for + "")
