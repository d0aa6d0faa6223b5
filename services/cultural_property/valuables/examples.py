"""The requests about valuables as the documents show them, and the watch that they are about, which does not exist."""

from typing import Any, Final

from shared.records import service_kit as kit

RECORDS: Final = kit.ExampleRecord("cultural-property", "valuables/", 42, ("serial_number",))
VALUABLE: Final[dict[str, Any]] = {
    "reference": "2026/DCPJ/00418",
    "kind": "watch",
    "make": "Omega",
    "model": "Speedmaster",
    "serial_number": "77 204 914",
    "other_numbers": ["24 118 651"],
    "engraving": "Ad astra per aspera 1971",
    "materials": ["steel"],
    "features": ["scratch on the case back beside the crown"],
    "event_date": "2026-03-14",
    "event_place": "Lyon, railway station",
    "event_country": "FR",
}
"""Another valuable than the example record."""

CONTENT: Final[dict[str, Any]] = {
    **VALUABLE,
    "reference": kit.reference_of(0),
    "serial_number": "77 204 913",
    "other_numbers": ["24 118 650"],
    "engraving": "Ad astra 1969",
}
"""Of the example record."""

SOUGHT: Final = {"serial_number": "77204913", "make": "omega"}
TELEPHONE: Final = "356938035643809"
_PATH: Final = RECORDS.path

EXAMPLES: Final[kit.RequestExamples] = {
    **kit.record_examples(
        RECORDS,
        query=SOUGHT,
        fields={
            "imei": TELEPHONE,
            "engraving": "ad astra",
            "kind": "watch",
            "model": "Speedmaster",
            "near": True,
        },
        listed={"status": "stolen", "kind": "watch"},
        corrections={"model": "Seamaster"},
    ),
    **kit.field_copy_examples(RECORDS),
    f"POST {_PATH}checks": kit.RequestExample(body={"checks": [SOUGHT, {"imei": TELEPHONE}]}),
    f"POST {_PATH}entries": kit.RequestExample(
        body={"entries": [{**VALUABLE, "reference": "2026/DCPJ/00419", "serial_number": "77 204 915"}]}
    ),
    f"POST {_PATH.removesuffix('/')}": kit.RequestExample(body=VALUABLE),
    f"PUT {_PATH}{{record_id}}": kit.RequestExample(
        path={"record_id": RECORDS.id()}, body={**CONTENT, "model": "Seamaster"}
    ),
    f"POST {_PATH}{{record_id}}/recovery": kit.RequestExample(path={"record_id": RECORDS.ended}),
}
