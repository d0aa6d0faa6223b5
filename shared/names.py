"""Finds records by the names of people, however these are written: case, accents, order, script and one typo.

A name is compared as tokens, words in lower case ASCII. To find a typo through an index, every token is stored with
each variant that lacks one letter; a typed token has such variants too, and two tokens one edit apart share one (the
idea of SymSpell, W. Garbe 2012). So a search reads a few rows by their key and never scans.

Scripts are transliterated letter by letter, so a script without vowels is found by the same script, not by its
Latin spelling: enter a person's name in each script that is known.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from anyascii import anyascii
from rapidfuzz.distance import OSA

from shared.storage import Session, insert

LONGEST_TOKEN: Final = 40
# A stored token as short as this is found only as it is: one letter else and it is another name.
SHORTEST_MISSPELT: Final = 4
# More words than these are not looked at in a search.
MOST_PARTS: Final = 12
# How much of the score it costs, at the most, that a person has names which nobody asked for.
EXTRA_NAMES_COST: Final = 0.2

# Signs within a word: apostrophes, and those that stand for the soft and hard signs and for ayn.
_WITHIN_WORDS = re.compile(r"['\"`]")
_TOKEN = re.compile(r"[a-z0-9]+")
# Scripts that write names without spaces, a syllable a sign.
_SYLLABLES = re.compile(r"([\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af])")


def fold(text: str) -> tuple[str, ...]:
    """Return the tokens of a name in the form in which names are compared, in the order in which they are written."""
    return tuple(token for word in text.split() for token in _fold_word(word))


@lru_cache(maxsize=1 << 16)
def _fold_word(word: str) -> tuple[str, ...]:
    composed = _SYLLABLES.sub(r" \1 ", unicodedata.normalize("NFKC", word))
    plain = _WITHIN_WORDS.sub("", anyascii(composed)).lower()
    return tuple(token[:LONGEST_TOKEN] for token in _TOKEN.findall(plain))


def variants(token: str) -> frozenset[str]:
    """Return a token and what is left of it when any one letter is missing."""
    return frozenset({token, *(token[:position] + token[position + 1 :] for position in range(len(token)))})


def sought_under(name: str) -> frozenset[str]:
    """Return what a search for a name is kept under: whatever has a name that fits is `found_under` one of these."""
    return variants(max(_looked_at(name), key=len))


def found_under(names: Iterable[str]) -> frozenset[str]:
    """Return what a record of these names is looked up under among the searches that are kept."""
    return frozenset().union(*(_stored_variants(token) for name in names for token in fold(name)))


def fitting_names(sought: Sequence[str | None], names: Iterable[str]) -> list[bool]:
    """Tell of searches whether the names of one record fit, as a `NameIndex` finds them; without a name it does."""
    held = _tokens(names)
    return [name is None or all(_met(token, held) for token in _looked_at(name)) for name in sought]


def _met(token: str, held: Iterable[str]) -> bool:
    return any(similarity(token, other) for other in held)


def _looked_at(name: str) -> Sequence[str]:
    return tuple(dict.fromkeys(fold(name)))[:MOST_PARTS]


def similarity(token: str, stored: str) -> float:
    """Return 1 for equal tokens, less for one edit (a letter more, less, other, or two swapped), 0 for all others."""
    if token == stored:
        return 1.0
    if len(stored) < SHORTEST_MISSPELT or OSA.distance(token, stored, score_cutoff=1) > 1:
        return 0.0
    return 1 - 1 / max(len(token), len(stored))


@dataclass(frozen=True, slots=True)
class NamePart:
    """One token of a search, and the stored tokens that fit it."""

    written: str
    """The word of the search that it comes from."""

    token: str

    fitting: Mapping[str, float]
    """How similar each stored token is that fits: 1 is equal."""


class NameIndex:
    """The names of one kind of record: two tables beside that of the records, and the searches in them."""

    def __init__(self, kind: str, metadata: sa.MetaData, records: sa.Table) -> None:
        self._records = records
        self._names = sa.Table(
            f"{kind}_names",
            metadata,
            sa.Column("token", sa.String(LONGEST_TOKEN), primary_key=True),
            sa.Column("record_id", sa.ForeignKey(records.c.id, ondelete="CASCADE"), primary_key=True, index=True),
        )
        self._variants = sa.Table(
            f"{kind}_name_variants",
            metadata,
            sa.Column("variant", sa.String(LONGEST_TOKEN), primary_key=True),
            sa.Column("token", sa.String(LONGEST_TOKEN), primary_key=True, index=True),
        )
        name, variant = self._names.c, self._variants.c
        of_token: sa.BindParameter[str] = sa.bindparam("of_token")
        self._tokens = sa.select(name.token).where(name.record_id == sa.bindparam("of_record"))
        self._insert = sa.insert(self._names)
        self._delete = sa.delete(self._names).where(name.token == of_token, name.record_id == sa.bindparam("of_record"))
        # One that is there is locked and not written.
        self._hold_variants = insert(self._variants).on_conflict_do_update(
            index_elements=[variant.variant, variant.token], set_={"token": variant.token}, where=sa.false()
        )
        self._forget_variants = sa.delete(self._variants).where(
            variant.token == of_token, ~sa.exists().where(name.token == of_token)
        )
        self._look_up = sa.select(self._variants.c.token).where(
            self._variants.c.variant.in_(sa.bindparam("variants", expanding=True))
        )

    async def put(self, session: Session, record_id: str, names: Iterable[str]) -> None:
        """Remember the names of a record, which must be stored already, in place of those it had before."""
        before, now = await self.tokens_of(session, record_id), _tokens(names)
        if before != now:
            await self._hold(session, before ^ now)
        if new := sorted(now - before):
            await session.change(self._insert, [{"token": token, "record_id": record_id} for token in new])
        if gone := sorted(before - now):
            await session.change(self._delete, [{"of_token": token, "of_record": record_id} for token in gone])
            await session.change(self._forget_variants, [{"of_token": token} for token in gone])

    async def put_many(self, session: Session, names_by_id: Mapping[str, Iterable[str]]) -> None:
        """Remember the names of many records, which must be stored already and have no names yet."""
        tokens = {record: _tokens(names) for record, names in names_by_id.items()}
        rows = [{"token": token, "record_id": record} for record, found in tokens.items() for token in sorted(found)]
        if rows:
            await session.change(self._insert, rows)
            await self._hold(session, set().union(*tokens.values()))

    async def tokens_of(self, session: Session, record_id: str) -> set[str]:
        """Return what a record is found by: to be released when it is deleted, and its names are gone with it."""
        return {row.token for row in await session.look_up(self._tokens, {"of_record": record_id})}

    async def release(self, session: Session, tokens: Collection[str]) -> None:
        """Forget those tokens of a record that was deleted which no other has."""
        if tokens:
            await self._hold(session, tokens)
            await session.change(self._forget_variants, [{"of_token": token} for token in sorted(tokens)])

    async def _hold(self, session: Session, tokens: Iterable[str]) -> None:
        """Have tokens with their variants, and keep others from forgetting them until the transaction ends."""
        pairs = sorted({(variant, token) for token in tokens for variant in _stored_variants(token)})
        # Always in the same order, so that two transactions that hold the same cannot wait for each other.
        await session.change(self._hold_variants, [{"variant": variant, "token": token} for variant, token in pairs])

    async def similar(self, session: Session, query: str) -> list[NamePart]:
        """Return each token of a search with the stored tokens that fit it, none twice.

        What is stored is not for the caller's eyes: a token may belong to a record that he may not know of.
        """
        words = {token: word for word in query.split() for token in _fold_word(word)}
        tokens = list(words)[:MOST_PARTS]
        wanted = sorted({variant for token in tokens for variant in variants(token)})
        rows = await session.look_up(self._look_up, {"variants": wanted}) if wanted else []
        stored = sorted({row.token for row in rows})
        return [NamePart(words[token], token, _fitting(token, stored)) for token in tokens]

    def condition(self, parts: Sequence[NamePart]) -> sa.ColumnElement[bool]:
        """Return the condition that every part is met by some name of a record, in any order."""
        if not parts or not all(part.fitting for part in parts):
            return sa.false()
        tables = [self._names.alias(f"name_{number}") for number in range(len(parts))]
        first = tables[0]
        met = (table.c.token.in_(list(part.fitting)) for table, part in zip(tables, parts, strict=True))
        same_record = (table.c.record_id == first.c.record_id for table in tables[1:])
        found: sa.Select[Any] = sa.select(first.c.record_id).where(*met, *same_record)
        return self._records.c.id.in_(found)

    @staticmethod
    def score(parts: Sequence[NamePart], names: Iterable[str]) -> tuple[float, str]:
        """Return how well the names of a record fit, from 0 to 1, and in one line what met what.

        A name that fits with a typo counts less than one that is equal, and so does a person of more other names.
        """
        words_by_name = [{token: word for word in name.split() for token in _fold_word(word)} for name in names]
        words = {token: word for found in reversed(words_by_name) for token, word in found.items()}
        met = [_best(part, words) for part in parts]
        if not met:
            return 0.0, "name"
        closeness = sum(value for _, value in met) / len(met)
        used = {token for token, _ in met}
        share = max((len(used & found.keys()) / len(found) for found in words_by_name if found), default=0.0)
        told = ", ".join(_told(part, token, words) for part, (token, _) in zip(parts, met, strict=True))
        return round(closeness * (1 - EXTRA_NAMES_COST * (1 - share)), 4), f"name: {told}"


def _tokens(names: Iterable[str]) -> set[str]:
    return {token for name in names for token in fold(name)}


def _stored_variants(token: str) -> Iterable[str]:
    return variants(token) if len(token) >= SHORTEST_MISSPELT else (token,)


def _fitting(token: str, stored: Iterable[str]) -> dict[str, float]:
    return {other: value for other in stored if (value := similarity(token, other))}


def _best(part: NamePart, words: Mapping[str, str]) -> tuple[str, float]:
    fitting = {token: part.fitting[token] for token in words if token in part.fitting}
    return max(fitting.items(), key=lambda found: found[1], default=("", 0.0))


def _told(part: NamePart, token: str, words: Mapping[str, str]) -> str:
    stored = words.get(token, "").strip(",;.()")
    return stored if part.token == token else f"{part.written.strip(',;.()')} ~ {stored or '?'}"
