"""A saved search shares a key with every record that it finds, so the look-up by keys misses no match of any kind."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from services import SERVICES
from services.cultural_property.models import Work
from services.cultural_property.queries import WorkQuery
from services.cultural_property.valuables.models import Valuable, ValuableQuery
from services.fingerprints.models import FingerprintRecord, IdentificationQuery, PrintSought
from services.firearms.models import Firearm, FirearmQuery
from services.missing_persons.models import Body, MissingPerson
from services.missing_persons.queries import BodySearch, PersonSearch
from services.missing_persons.rules import names_of as names_of_person
from services.notices.models import NoticeRecord
from services.notices.persons.entries import PersonFile
from services.notices.persons.matching import offences_of
from services.notices.persons.queries import PersonFileQuery
from services.notices.queries import NoticeQuery
from services.notices.subjects.models import Person, names_of
from services.notices.subjects.particulars import documents_of, identities_of, nationalities_of
from services.stolen_vehicles.models import Vehicle, VehicleQuery
from services.stolen_vehicles.vessels.models import Vessel, VesselQuery
from services.travel_documents.models import TravelDocument
from services.travel_documents.queries import DocumentQuery
from shared.bureaus import BureauCode
from shared.mrz.check_digits import check_digit, readings_of
from shared.people import Sex
from shared.records.results import RecordPageQuery
from shared.records.search.searchable_store import SearchableStore
from shared.service import Service
from tests.conftest import NOW, store_of
from tests.services.fingerprints.samples import drawn
from tests.support import caller

SECRETARIAT = caller("IPSG")
SEARCHES = 150
SEARCHED = [
    pytest.param(service, store, id=store.model.record_kind())
    for service in SERVICES
    for store in service.metadata.info["stores"]
]


def some_of(random: Random, facts: dict[str, Any]) -> dict[str, Any]:
    """Return one or several of the facts that are known."""
    known = [name for name, fact in facts.items() if fact is not None]
    return {name: facts[name] for name in random.sample(known, random.randint(1, len(known)))}


def misspelt(random: Random, name: str) -> str:
    """Return some of the words of a name in any order, each perhaps with a slip."""
    words = name.split()
    return " ".join(_slip(random, word) for word in random.sample(words, random.randint(1, len(words))))


def _slip(random: Random, word: str) -> str:
    at = random.randrange(len(word))
    return random.choice([word, word, word[:at] + word[at + 1 :], f"{word[:at]}e{word[at:]}"]) or word


def like_a_vehicle(random: Random, vehicle: Vehicle) -> VehicleQuery:
    keys = some_of(random, {"vin": vehicle.vin, "engine_number": vehicle.engine_number, "plate": vehicle.plate})
    keys = {name: _slip(random, number) for name, number in keys.items()}
    if "plate" in keys:
        keys["country"] = random.choice([vehicle.country, None, "ZW"]) if random.random() < 0.5 else vehicle.country
    return VehicleQuery.model_validate({**keys, "near": random.random() < 0.5})


def like_a_notice(random: Random, notice: NoticeRecord) -> NoticeQuery:
    names, subject = names_of(notice.subject), notice.subject
    person = subject if isinstance(subject, Person) else None
    documents = documents_of(subject)
    facts = {
        "name": misspelt(random, random.choice(names)) if names and random.random() < 0.5 else None,
        "colour": notice.colour,
        "document_number": random.choice(documents).lower() if documents and random.random() < 0.3 else None,
        "sex": person.sex if person else None,
        "nationality": random.choice(person.nationalities) if person and person.nationalities else None,
    }
    return NoticeQuery.model_validate(some_of(random, facts))


def like_a_person_file(random: Random, file: PersonFile) -> PersonFileQuery:
    person = file.subject
    births = [each.date_of_birth for each in identities_of(person) if each.date_of_birth]
    facts = {
        "name": misspelt(random, random.choice(names_of(person))) if random.random() < 0.5 else None,
        "date_of_birth": random.choice(births)[: random.choice((4, 7, 10))],
        "nationality": random.choice(nationalities_of(person)),
        "sex": person.sex,
        "person_status": person.person_status,
        "document_number": random.choice([None, *documents_of(person)]),
        "offence": random.choice([None, *offences_of(file)]),
    }
    return PersonFileQuery.model_validate(some_of(random, facts))


def like_a_person(random: Random, person: MissingPerson) -> PersonSearch:
    facts = {
        "name": misspelt(random, random.choice(names_of_person(person))) if random.random() < 0.5 else None,
        "sex": random.choice(list(Sex)),
        "country": person.last_seen_country,
        "nationality": random.choice(person.nationalities) if person.nationalities else None,
        "age_min": random.choice([1, 20]),
    }
    return PersonSearch.model_validate(some_of(random, facts))


def like_a_body(random: Random, body: Body) -> BodySearch:
    facts = {"sex": random.choice(list(Sex)), "country": body.found_country, "age_max": 90}
    return BodySearch.model_validate(some_of(random, facts))


def like_a_print(random: Random, record: FingerprintRecord) -> PrintSought:
    # Any print serves here: what matters is the finger.
    position = random.choice([None, *(held.position for held in record.prints)])
    wanted = IdentificationQuery(position=position, least_score=0.01, limit=100)
    return PrintSought(template=drawn(random.randrange(5)).template.to_bytes(), wanted=wanted)


def like_a_vessel(random: Random, vessel: Vessel) -> VesselQuery:
    keys = {
        "hull_number": vessel.hull_number,
        "imo_number": vessel.imo_number,
        "mmsi": vessel.mmsi,
        "call_sign": vessel.call_sign,
        "registration": vessel.registration,
        "engine_number": random.choice(vessel.engine_numbers) if vessel.engines else None,
        "name": misspelt(random, vessel.name) if vessel.name and random.random() < 0.5 else None,
    }
    return VesselQuery.model_validate({**some_of(random, keys), "near": random.random() < 0.5})


def like_a_firearm(random: Random, firearm: Firearm) -> FirearmQuery:
    number, letters = firearm.serial_number, random.choice(("", "", "X"))
    figures = "".join(filter(str.isdecimal, number))
    asked = {
        "serial_number": letters + random.choice((number, number, figures, number[:-1], f"{number[:4]}*")),
        "make": random.choice((None, firearm.make)),
        "calibre": random.choice((None, firearm.calibre)),
        "near": random.random() < 0.5,
    }
    try:
        return FirearmQuery.model_validate(asked)
    except ValidationError:
        # Too little of a number was left.
        return FirearmQuery(serial_number=number)


def like_a_work(random: Random, work: Work) -> WorkQuery:
    measured = {f"{each.dimension}_{each.unit}": each.value for each in work.compared}
    facts = {
        "title": misspelt(random, work.title) if work.title and random.random() < 0.4 else None,
        "maker": misspelt(random, work.maker) if work.maker and random.random() < 0.4 else None,
        "words": random.choice([None, work.features[0].split()[1]]),
        "type": random.choice([None, work.type, work.subtype]),
        "material": random.choice(work.materials),
        "made": work.made,
        "height_mm": measured.get("height_mm"),
        "status": random.choice([None, work.status]),
    }
    return WorkQuery.model_validate(some_of(random, facts))


def like_a_valuable(random: Random, valuable: Valuable) -> ValuableQuery:
    keys = {
        "serial_number": _slip(random, valuable.serial_number) if valuable.serial_number else None,
        "imei": valuable.imei,
        "engraving": random.choice(valuable.engraving.split()) if valuable.engraving else None,
    }
    return ValuableQuery.model_validate({**some_of(random, keys), "near": random.random() < 0.5})


def like_a_document(random: Random, document: TravelDocument) -> DocumentQuery:
    number = random.choice([document.number or document.first_number or "", document.last_number or ""]) or "1"
    read = random.choice([number, number.replace("0", "O"), number.replace("1", "I")])
    asked = {"issuer": document.issuer, "number": read, "type": random.choice([None, "visa"])}
    if random.random() < 0.5:
        # Another sign was read, and the digit is that of the document.
        others = readings_of(number, str((int(check_digit(number)) + 1) % 10))
        misread = random.choice([each.number for each in others] or [number])
        asked |= {"number": misread, "check_digit": check_digit(number)}
    return DocumentQuery.model_validate(asked)


LIKE: dict[type, tuple[Callable[[Random, Any], Any], int]] = {
    Vehicle: (like_a_vehicle, 60),
    Vessel: (like_a_vessel, 480),
    Firearm: (like_a_firearm, 300),
    TravelDocument: (like_a_document, 60),
    NoticeRecord: (like_a_notice, 60),
    PersonFile: (like_a_person_file, 180),
    MissingPerson: (like_a_person, 60),
    Body: (like_a_body, 200),
    FingerprintRecord: (like_a_print, 3),
    Work: (like_a_work, 60),
    Valuable: (like_a_valuable, 120),
}


@pytest.mark.thorough
@pytest.mark.parametrize(("service", "store"), SEARCHED)
async def test_a_saved_search_shares_a_key_with_every_record_that_it_finds(
    service: Service, store: type[SearchableStore[Any, Any]], tmp_path: Path
) -> None:
    """Searches are made of records, with slips and with facts left out, and compared with all records."""
    random, (like, records) = Random(1), LIKE[store.model]  # noqa: S311 - nothing secret is drawn
    async with store_of(service, f"sqlite:///{tmp_path / 'store.db'}") as database:
        async with database.writing() as session:
            await service.seed(session, random, records, [BureauCode("FR")], NOW)
        seen = (await store(database.reading, SECRETARIAT, NOW).list(RecordPageQuery(limit=200))).items
        matchers = [await store.matcher(database.reading, record, NOW) for record in seen]
        found = 0
        for _ in range(SEARCHES if len(seen) > 5 else 10):
            searching = store(database.reading, SECRETARIAT, NOW)
            query = like(random, random.choice(seen))
            kept = set(searching.saved_search(query).keys)
            read = store.read_query(searching.saved_search(query).query)
            assert read.model_dump(exclude_defaults=True) == query.model_dump(exclude_defaults=True)
            for record, match in zip(seen, matchers, strict=True):
                if hit := match(query):
                    found += 1
                    assert kept & set(store.keys_of_record(record)), (query, hit.match)
    assert found >= 20
