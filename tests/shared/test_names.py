"""Names are found however they are written, and other names are not."""

import asyncio
from collections.abc import Iterable
from itertools import chain
from string import ascii_lowercase

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from shared.names import (
    SHORTEST_MISSPELT,
    fold,
    match_names,
    query_terms,
    record_terms,
    score_names,
    similarity,
    variants,
)
from shared.records.search.name_index import NameIndex
from shared.storage import Database
from tests.stores import Tables

metadata = sa.MetaData()
people = sa.Table("people", metadata, sa.Column("id", sa.String(36), primary_key=True))
index = NameIndex("people", metadata, people)

PEOPLE = {
    "dupont": ["Jean-Marie Dupont", "Le Grand"],
    "dupuis": ["Jean Dupuis"],
    "oconnor": ["Siobhán O'Connor"],
    "solovyov": ["Андрей Соловьёв", "Andrey Solovyov"],
    "kazantzis": ["Νίκος Καζαντζής"],
    "haddad": ["كريم حداد"],
    "li": ["李秀英"],
    "lee": ["Ana Lee"],
    "strasse": ["Jürg Weißhaupt"],
}
ONE_NAME = {record: names for record, names in PEOPLE.items() if record != "solovyov"}


@pytest.fixture
def store_tables() -> Tables:
    """Return those above."""
    return metadata


@pytest.fixture
async def register(database: Database) -> Database:
    """Give a store that holds the people above."""
    async with database.writing() as session:
        await session.execute(sa.insert(people), [{"id": record} for record in PEOPLE])
        await index.put_many(session, PEOPLE)
    return database


async def found(database: Database, query: str) -> list[str]:
    """Return who is found, best first."""
    parts = await index.similar(database.reading, query)
    rows = await database.reading.fetch(sa.select(people.c.id).where(index.condition(parts)))
    return sorted((row.id for row in rows), key=lambda record: -score_names(parts, PEOPLE[record])[0])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Jean-Marie Dupont", ["dupont"]),
        ("dupont JEAN marie", ["dupont"]),
        ("DUPONT, Jean-Marie", ["dupont"]),
        ("Dupond", ["dupont"]),
        ("Duopnt", ["dupont"]),
        ("Dupnt Jaen", ["dupont"]),
        ("Grand Dupont", ["dupont"]),
        ("jean", ["dupuis", "dupont"]),
        ("Siobhan OConnor", ["oconnor"]),
        ("SIOBHÁN O’CONNOR", ["oconnor"]),
        ("Solovev", ["solovyov"]),
        ("СОЛОВЬЕВ Андрей", ["solovyov"]),
        ("Andrej Solovyov", ["solovyov"]),
        ("Kazantzis Nikos", ["kazantzis"]),
        ("ΝΙΚΟΣ ΚΑΖΑΝΤΖΗΣ", ["kazantzis"]),
        ("حداد كريم", ["haddad"]),
        ("李 秀英", ["li"]),
        ("Xiu Ying Li", ["li"]),
        ("Weisshaupt", ["strasse"]),
        ("Jurg Weißhaupt", ["strasse"]),
    ],
)
async def test_a_name_is_found_however_it_is_written(register: Database, query: str, expected: list[str]) -> None:
    """Case, accents, the order of names, their script and one typo a word do not hide anyone."""
    assert await found(register, query) == expected


@pytest.mark.parametrize(
    "query", ["Dupxxt", "Jean Lee", "Dupont Dupuis", "Ana Li", "Lea", "Leeb", "Ane Lee", "", "  ", "-,.", "o connor"]
)
async def test_another_name_is_not_found(register: Database, query: str) -> None:
    """Two typos, names of two people, a typo in a word of three letters and nothing at all find no one."""
    assert await found(register, query) == []


@pytest.mark.parametrize(
    "query",
    [
        "Dupnt Jaen",
        "jean",
        "Solovev",
        "李 秀英",
        "Lea",
        "Jean Dupnot Grand",
        "Jean Dupuis Grand",
        "jean " * 12 + "Nobody",
    ],
)
async def test_the_names_of_one_record_fit_as_the_index_finds_them(register: Database, query: str) -> None:
    """And they are looked up under what the search is kept under."""
    fitting = {record for record, names in PEOPLE.items() if match_names(query, names)}
    assert fitting == set(await found(register, query))
    assert all(query_terms(query) & record_terms(PEOPLE[record]) for record in fitting)


@pytest.mark.both_databases
async def test_names_replace_those_before(register: Database) -> None:
    """A record is found by its new names and not by its old ones, and the names of others stay."""
    async with register.writing() as session:
        await index.put(session, "dupuis", ["Jean Martinez"])
    assert await found(register, "Dupuis") == []
    assert await found(register, "Martines Jean") == ["dupuis"]
    assert await found(register, "Dupont Jean") == ["dupont"]


async def delete(register: Database, record: str) -> None:
    async with register.writing() as session:
        tokens = await index.tokens_of(session, record)
        await session.execute(sa.delete(people).where(people.c.id == record))
        await index.release(session, tokens)


async def held(register: Database) -> set[str]:
    """Return all words that a table of the index holds."""
    columns = [column for table in metadata.sorted_tables for column in table.c if column.name in {"token", "variant"}]
    return {row[0] for column in columns for row in await register.reading.fetch(sa.select(column))}


@pytest.mark.both_databases
async def test_names_that_no_record_has_any_more_are_not_kept(register: Database) -> None:
    """Neither those that were replaced nor those of a deleted record; what others are called stays."""
    async with register.writing() as session:
        await index.put(session, "dupuis", ["Jean Martinez"])
    assert {"dupuis", "dpuis"}.isdisjoint(await held(register))
    await delete(register, "dupuis")
    assert {"martinez", "artinez"}.isdisjoint(await held(register))
    assert await found(register, "Jaen Dupond") == ["dupont"]
    for record in PEOPLE.keys() - {"dupuis"}:
        await delete(register, record)
    assert await held(register) == set()


@pytest.mark.both_databases
async def test_a_name_that_another_gets_while_it_is_forgotten_is_found(register: Database) -> None:
    """Whichever comes first: the one who forgets it waits, or the one who has it writes it anew."""
    names = [f"{first}{second}mann" for first in ("Acker", "Berg", "Christ") for second in ascii_lowercase]

    async def enter(number: int, who: str) -> None:
        async with register.writing() as session:
            await session.execute(sa.insert(people), {"id": f"{who}{number}"})
            await index.put(session, f"{who}{number}", [names[number]])

    # Not all at once: nobody waits for a connection longer than some seconds.
    for numbers in (range(start, start + 13) for start in range(0, len(names), 13)):
        await asyncio.gather(*(enter(number, "former") for number in numbers))
        turns = [(enter(number, "new"), delete(register, f"former{number}")) for number in numbers]
        await asyncio.gather(*chain.from_iterable(turns))
    parts = [(await index.similar(register.reading, name))[0].fitting for name in names]
    assert [name for name, fitting in zip(names, parts, strict=True) if name.lower() not in fitting] == []


@pytest.mark.both_databases
async def test_two_who_exchange_their_names_do_not_wait_for_each_other(register: Database) -> None:
    """Each forgets what the other gets, and they do so in the same order."""

    async def rename(record: str, *names: str) -> None:
        for name in names:
            async with register.writing() as session:
                await index.put(session, record, [name])

    await asyncio.gather(rename("li", *["Hanna", "Zoran"] * 20), rename("lee", *["Zoran", "Hanna"] * 20))
    assert await found(register, "Zoran") == ["li"]
    assert await found(register, "Hanna") == ["lee"]


async def test_the_closer_name_comes_first_and_tells_why(register: Database) -> None:
    """An equal name scores 1, a typo and further names cost, and the explanation shows both writings."""
    exact = await index.similar(register.reading, "Jean Dupont")
    typo = await index.similar(register.reading, "Jean Dupond")
    assert score_names(exact, ["Dupont, Jean"]) == (1.0, "name: Jean, Dupont")
    score, match = score_names(typo, ["Dupont Jean"])
    assert score < 1.0
    assert match == "name: Jean, Dupond ~ Dupont"
    assert score_names(typo, ["Jean-Marie Dupont"])[0] < score
    assert score_names([], ["Jean"])[0] == 0.0


words = st.text(ascii_lowercase, min_size=SHORTEST_MISSPELT, max_size=12)


@st.composite
def one_edit_apart(draw: st.DrawFn, names: Iterable[str] | None = None) -> tuple[str, str]:
    """Draw a word and the same with a letter more, less or other, or two swapped."""
    word = draw(words)
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(ascii_lowercase))
    edited = draw(
        st.sampled_from(
            [
                word[:at] + letter + word[at:],
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            ]
        )
    )
    return word, edited


@given(one_edit_apart())
def test_any_single_edit_is_found_through_the_index(pair: tuple[str, str]) -> None:
    """Words one edit apart share a variant, which is what the index looks up, and count as similar."""
    stored, typed = pair
    assert variants(stored) & variants(typed)
    assert 0 < similarity(typed, stored) <= 1


@given(words, words)
def test_only_a_single_edit_is_similar(one: str, other: str) -> None:
    """Sharing a variant is not enough: the distance decides."""
    assert (similarity(one, other) > 0) == (OSA.distance(one, other) <= 1)


@given(st.text(max_size=60))
def test_any_text_folds_to_plain_words(text: str) -> None:
    """Whatever is written becomes tokens of figures and small letters, which stay as they are when folded again."""
    tokens = fold(text)
    assert all(token.isascii() and token.isalnum() and token == token.lower() for token in tokens)
    assert fold(" ".join(tokens)) == tokens


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), max_size=40))
def test_order_does_not_matter(text: str) -> None:
    """The same words in another order fold to the same tokens in another order."""
    assert sorted(fold(" ".join(reversed(text.split())))) == sorted(fold(text))
