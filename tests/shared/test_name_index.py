"""The index of names, on both databases: it finds a name in any spelling, and forgets those of deleted records."""

import asyncio
from itertools import chain
from string import ascii_lowercase

import pytest
import sqlalchemy as sa

from shared.names import match_names, query_terms, record_terms
from shared.records.search.name_index import Among, NameIndex
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
    "twice": ["Mara Mara"],
    "wang": ["王丽丽"],
}


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
    found = await index.search(database.reading, query, Among([sa.true()]))
    return [record.id for record in sorted(found.records, key=lambda record: -record.hit.score)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Jean-Marie Dupont", ["dupont"]),
        ("dupont JEAN marie", ["dupont"]),
        ("DUPONT, Jean-Marie", ["dupont"]),
        ("Dupond", ["dupont"]),
        ("Duopnt", ["dupont"]),
        ("Dupnt Jaen", ["dupont"]),
        ("Le Grand", ["dupont"]),
        ("Jean-Luc Marie Dupont", ["dupont"]),
        ("J. Dupuis", ["dupuis"]),
        ("O Connor Siobhan", ["oconnor"]),
        ("Dr. Siobhan O'Connor", ["oconnor"]),
        ("Karim Haddad", ["haddad"]),
        ("Mara Mara", ["twice"]),
        ("王丽丽", ["wang"]),
        ("丽丽王", ["wang"]),
        ("Karim al-Haddad", ["haddad"]),
        ("jean", ["dupuis", "dupont"]),
        ("Siobhan OConnor", ["oconnor"]),
        ("SIOBHÁN O’CONNOR", ["oconnor"]),
        ("Solovyev", ["solovyov"]),
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
    "query",
    ["Dupxxt", "Jean Lee", "Dupont Dupuis", "Lea", "Leeb", "Anx Lee", "王丽", "", "  ", "-,.", "J."],
)
async def test_another_name_is_not_found(register: Database, query: str) -> None:
    """Two typos, the names of two people, one word met twice, a typo in a short word, and no name at all."""
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


@pytest.mark.thorough
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
    parts = [(await index.similar(register.reading, name)).fitting[0] for name in names]
    assert [name for name, fitting in zip(names, parts, strict=True) if name.lower() not in fitting.tokens] == []


@pytest.mark.thorough
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
