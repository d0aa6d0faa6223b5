"""Name search: a name is found in any spelling, and other names are not."""

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
    fitting_names,
    fold,
    is_one_letter,
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
    """Return the tables of this module."""
    return metadata


@pytest.fixture
async def register(database: Database) -> Database:
    """Return a store that holds the people above."""
    async with database.writing() as session:
        await session.execute(sa.insert(people), [{"id": record} for record in PEOPLE])
        await index.put_many(session, PEOPLE)
    return database


async def found(database: Database, query: str) -> list[str]:
    """Return the records that are found, best match first."""
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
async def test_a_name_is_found_in_any_spelling(register: Database, query: str, expected: list[str]) -> None:
    """Case, accents, order, script and one typo in a word do not matter."""
    assert await found(register, query) == expected


@pytest.mark.parametrize(
    "query", ["Dupxxt", "Jean Lee", "Dupont Dupuis", "Ana Li", "Lea", "Leeb", "Ane Lee", "", "  ", "-,.", "o connor"]
)
async def test_another_name_is_not_found(register: Database, query: str) -> None:
    """Two typos, the names of two people, a typo in a word of three letters, and no name at all."""
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
async def test_match_names_agrees_with_the_index(register: Database, query: str) -> None:
    """The terms of the query and of the record overlap, so a saved search is found by them."""
    fitting = {record for record, names in PEOPLE.items() if match_names(query, names)}
    assert fitting == set(await found(register, query))
    assert all(query_terms(query) & record_terms(PEOPLE[record]) for record in fitting)


@pytest.mark.both_databases
async def test_new_names_replace_the_old_ones_of_a_record(register: Database) -> None:
    """The names of other records stay."""
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
    """Return all words in the tables of the index."""
    columns = [column for table in metadata.sorted_tables for column in table.c if column.name in {"token", "variant"}]
    return {row[0] for column in columns for row in await register.reading.fetch(sa.select(column))}


@pytest.mark.both_databases
async def test_a_name_is_deleted_from_the_index_with_its_last_record(register: Database) -> None:
    """Replaced names and those of a deleted record; shared words stay."""
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
async def test_a_name_added_while_it_is_deleted_from_another_record_is_found(register: Database) -> None:
    """In either order of the two transactions."""
    names = [f"{first}{second}mann" for first in ("Acker", "Berg", "Christ") for second in ascii_lowercase]

    async def enter(number: int, who: str) -> None:
        async with register.writing() as session:
            await session.execute(sa.insert(people), {"id": f"{who}{number}"})
            await index.put(session, f"{who}{number}", [names[number]])

    # In batches: the time to wait for a connection is limited to some seconds.
    for numbers in (range(start, start + 13) for start in range(0, len(names), 13)):
        await asyncio.gather(*(enter(number, "former") for number in numbers))
        turns = [(enter(number, "new"), delete(register, f"former{number}")) for number in numbers]
        await asyncio.gather(*chain.from_iterable(turns))
    parts = [(await index.similar(register.reading, name))[0].fitting for name in names]
    assert [name for name, fitting in zip(names, parts, strict=True) if name.lower() not in fitting] == []


@pytest.mark.both_databases
async def test_two_records_that_swap_names_do_not_deadlock(register: Database) -> None:
    """Both transactions lock the words in the same order."""

    async def rename(record: str, *names: str) -> None:
        for name in names:
            async with register.writing() as session:
                await index.put(session, record, [name])

    await asyncio.gather(rename("li", *["Hanna", "Zoran"] * 20), rename("lee", *["Zoran", "Hanna"] * 20))
    assert await found(register, "Zoran") == ["li"]
    assert await found(register, "Hanna") == ["lee"]


async def test_an_equal_name_scores_highest_and_the_match_is_explained(register: Database) -> None:
    """A typo and additional names lower the score; the explanation shows both spellings."""
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
    """Draw a word and the same with a letter inserted, deleted or replaced, or two swapped."""
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
def test_words_one_edit_apart_share_an_index_variant(pair: tuple[str, str]) -> None:
    """And they count as similar."""
    stored, typed = pair
    assert variants(stored) & variants(typed)
    assert 0 < similarity(typed, stored) <= 1


@given(words, words)
def test_words_are_similar_only_up_to_one_edit(one: str, other: str) -> None:
    """A shared variant is not enough; the distance decides."""
    assert (similarity(one, other) > 0) == (OSA.distance(one, other) <= 1)


@given(st.text(max_size=60))
def test_any_text_folds_to_lower_case_ascii_words(text: str) -> None:
    """Folding them again changes nothing."""
    tokens = fold(text)
    assert all(token.isascii() and token.isalnum() and token == token.lower() for token in tokens)
    assert fold(" ".join(tokens)) == tokens


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), max_size=40))
def test_folding_does_not_depend_on_word_order(text: str) -> None:
    assert sorted(fold(" ".join(reversed(text.split())))) == sorted(fold(text))


@pytest.mark.parametrize(
    ("query", "names", "fitting"),
    [
        ("dupont jean", ["Jean Marie Dupont", "Jean"], "Jean Marie Dupont"),
        ("jean", ["Jean Marie Dupont", "Jean"], "Jean"),
        ("dupond", ["Le Grand", "Jean Dupont"], "Jean Dupont"),
        ("grand dupont", ["Le Grand", "Jean Dupont"], "Le Grand; Jean Dupont"),
        ("nobody", ["Le Grand"], ""),
    ],
)
def test_the_name_that_meets_most_words_of_a_search_is_named(query: str, names: list[str], fitting: str) -> None:
    """Of equal ones the one with fewest other words; several if only they meet all words together."""
    assert fitting_names(query, names) == fitting


@pytest.mark.parametrize(("name", "single"), [("J", True), ("J.", True), ("Я", True), ("李", False), ("7", False)])
def test_a_single_letter_is_no_name_unless_it_is_a_syllable(name: str, single: bool) -> None:
    assert is_one_letter(name) is single
