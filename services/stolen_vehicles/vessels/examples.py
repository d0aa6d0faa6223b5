"""The requests about vessels as the documents show them, and the boat that they are about, which does not exist."""

from typing import Any, Final

from shared.records import service_kit as kit

RECORDS: Final = kit.ExampleRecord("stolen-vehicles", "vessels/", 7)
VESSEL: Final[dict[str, Any]] = {
    "reference": "2026/DCPJ/00418",
    "name": "Morning Tide",
    "hull_number": "GB-XX100043-C3-13",
    "registration": "CO 12346 A",
    "flag": "GB",
    "kind": "motor-boat",
    "make": "Quicksilver",
    "model": "Activ 605",
    "colour": "white",
    "length_m": 6.05,
    "year": 2013,
    "home_port": "Southampton",
    "marks": "radar arch, patched port bow",
    "engines": [{"number": "6FM 1012346", "make": "Yamaha", "model": "F100", "power_kw": 73.6}],
    "theft_date": "2026-03-13/2026-03-16",
    "theft_place": "Hamble, marina",
    "theft_country": "GB",
}
"""Another vessel than the example record."""

CONTENT: Final[dict[str, Any]] = {
    **VESSEL,
    "reference": kit.reference_of(0),
    "name": "Sea Breeze",
    "hull_number": "GB-XX100042-C3-13",
    "registration": "CO 12345 A",
    "engines": [{"number": "6FM 1012345", "make": "Yamaha", "model": "F100", "power_kw": 73.6}],
}
"""Of the example record."""

SOUGHT: Final = {"hull_number": "gb xx100042c313"}
_PATH: Final = RECORDS.path

EXAMPLES: Final[kit.RequestExamples] = {
    **kit.record_examples(
        RECORDS,
        query=SOUGHT,
        fields={
            "imo_number": "9074729",
            "mmsi": "232123456",
            "call_sign": "MABC7",
            "registration": "CO12345A",
            "flag": "GB",
            "engine_number": "6fm 1012345",
            "name": "sea breeze",
            "kind": "motor-boat",
            "make": "Quicksilver",
            "colour": "white",
            "near": True,
        },
        listed={"status": "stolen", "kind": "motor-boat"},
        corrections={"colour": "light blue"},
    ),
    f"POST {_PATH}checks": kit.RequestExample(body={"checks": [SOUGHT, {"imo_number": "9074729"}]}),
    f"POST {_PATH}entries": kit.RequestExample(
        body={"entries": [{**VESSEL, "reference": "2026/DCPJ/00419", "hull_number": "GB-XX100044-C3-13"}]}
    ),
    f"POST {_PATH.removesuffix('/')}": kit.RequestExample(body=VESSEL),
    f"PUT {_PATH}{{record_id}}": kit.RequestExample(
        path={"record_id": RECORDS.id()}, body={**CONTENT, "colour": "light blue"}
    ),
    f"POST {_PATH}{{record_id}}/recovery": kit.RequestExample(path={"record_id": RECORDS.ended}),
}
