"""The requests of the service as the documents show them, and the records they are about: nobody of them exists."""

from typing import Any, Final

from shared.records import service_kit as kit

_HOLDS: Final = ["dental", "dna"]
PERSON: Final[dict[str, Any]] = {
    "family_name": "Marlowe",
    "forename": "Julia Ann",
    "birth_name": "Ostrander",
    "other_names": ["Джулия Марлоу"],
    "mother_name": "Halloran",
    "mother_forename": "Edith",
    "person_status": "missing",
    "sex": "F",
    "date_of_birth": "1987-06-21",
    "place_of_birth": "Utrecht",
    "country_of_birth": "NL",
    "nationalities": ["NL"],
    "height": 171,
    "weight": 64,
    "hair": ["BRO"],
    "eyes": ["GRE"],
    "marks": [{"kind": "scar", "body_part": "left knee", "description": "scar on the left knee"}],
    "clothing": [{"kind": "coat", "colour": "dark blue"}],
    "jewellery": [{"kind": "ring", "material": "yellow gold"}],
    "last_seen_date": "2026-03-14",
    "last_seen_place": "Rotterdam, central station",
    "last_seen_country": "NL",
    "circumstances": "Left for work by train and did not arrive.",
    "report_reference": "RTD-2026-004417",
    "report_date": "2026-03-15",
    "evidence": _HOLDS,
}
BODY: Final[dict[str, Any]] = {
    "found_date": "2026-04-02",
    "died": "2026-02/2026-03",
    "found_place": "Hoek van Holland, Rotterdam, beach",
    "found_country": "NL",
    "circumstances": "Washed ashore after the storm of 12 March.",
    "report_reference": "HVH-2026-000912",
    "condition": ["decomposed"],
    "sex": "F",
    "age_min": 30,
    "age_max": 45,
    "height_min": 165,
    "height_max": 173,
    "hair": ["BRO"],
    "clothing": [{"kind": "coat", "colour": "dark blue"}],
    "evidence": _HOLDS,
}
PERSONS: Final = kit.ExampleRecord("missing-persons", "", 2)
BODIES: Final = kit.ExampleRecord("missing-persons", "bodies/", 3)
PERSON_SOUGHT: Final = {"name": "julia marlow", "nationality": "NL"}
BODY_SOUGHT: Final = {"sex": "F", "place": "rotterdam", "country": "NL"}

_NEW: Final = {"reference": "2026/DCPJ/00418"}
_KNOWN: Final = {"reference": kit.reference_of(0), "handling": "RESTRICTED"}


def _changes(of: kit.ExampleRecord, entry: dict[str, Any]) -> kit.RequestExamples:
    return {
        f"POST {of.path.removesuffix('/')}": kit.RequestExample(body={**entry, **_NEW}),
        f"PUT {of.path}{{record_id}}": kit.RequestExample(path={"record_id": of.id()}, body={**entry, **_KNOWN}),
    }


EXAMPLES: Final[kit.RequestExamples] = {
    **kit.record_examples(
        PERSONS,
        query=PERSON_SOUGHT,
        fields={
            "sex": "F",
            "person_status": "missing",
            "place": "rotterdam",
            "country": "NL",
            "age_min": 30,
            "age_max": 45,
            "age_at": "event",
            "date_of_birth": "1987",
            "last_seen": "2026-03",
            "last_seen_from": "2026-01-01",
            "last_seen_to": "2026-04-30",
        },
        listed={"status": "missing", "person_status": "missing"},
        corrections={"forename": "Julia Anna"},
    ),
    **kit.record_examples(
        BODIES,
        query=BODY_SOUGHT,
        fields={
            "person_status": "deceased",
            "age_min": 30,
            "age_max": 45,
            "height_min": 165,
            "height_max": 175,
            "died": "2026-02",
            "found": "2026-04",
            "found_from": "2026-03-14",
            "found_to": "2026-04-30",
        },
        listed={"status": "unidentified", "person_status": "deceased"},
        corrections={"height_max": 174},
    ),
    **_changes(PERSONS, PERSON),
    **_changes(BODIES, BODY),
    f"POST {PERSONS.path}{{record_id}}/finding": kit.RequestExample(path={"record_id": PERSONS.ended}),
    f"POST {BODIES.path}{{record_id}}/identification": kit.RequestExample(
        path={"record_id": BODIES.ended}, body={"evidence": ["dental"]}
    ),
}
