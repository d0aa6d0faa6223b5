"""The requests of the service as the documents show them, and the firearm that they are about, which does not exist."""

from typing import Any, Final

from shared.records import service_kit as kit

FIREARM: Final[dict[str, Any]] = {
    "reference": "2026/DCPJ/00418",
    "serial_number": "GXK 204 882",
    "make": "Glock",
    "model": "17",
    "calibre": "9 mm Luger",
    "kind": "pistol",
    "action": "semi-automatic",
    "country_of_manufacture": "AT",
    "import_mark": "DE 19",
    "import_country": "DE",
    "year": 2019,
    "other_markings": "property mark of a police force, removed",
    "status": "stolen",
    "event_date": "2026-03-13/2026-03-16",
    "event_place": "Linz, shooting range",
    "event_country": "AT",
    "conditions": ["H1"],
}
"""Another firearm than the example record: a bureau enters a reference once."""

RECORD: Final = kit.ExampleRecord("firearms", "", 31, ("serial_number",))
CONTENT: Final = {**FIREARM, "reference": "2026/DCPJ/00417", "serial_number": "GXK 204 881"}
"""Of the example record."""

SOUGHT: Final = {"serial_number": "gxk-2O4881", "make": "Glock"}
PHOTOGRAPH: Final = "71930252"
DELETED_PHOTOGRAPH: Final = "71930254"
_PATH: Final = RECORD.path

EXAMPLES: Final[kit.RequestExamples] = {
    **kit.record_examples(
        RECORD,
        query=SOUGHT,
        fields={"model": "17", "calibre": "9x19", "near": True},
        listed={"status": "stolen", "state": "sought"},
        corrections={"other_markings": "property mark, removed"},
    ),
    **kit.field_copy_examples(RECORD),
    **kit.photograph_examples(RECORD, PHOTOGRAPH, DELETED_PHOTOGRAPH),
    f"POST {_PATH}checks": kit.RequestExample(body={"checks": [SOUGHT, {"serial_number": "204 881"}]}),
    f"POST {_PATH}entries": kit.RequestExample(
        body={"entries": [{**FIREARM, "reference": "2026/DCPJ/00419", "serial_number": "GXK 204 883"}]}
    ),
    f"POST {_PATH.removesuffix('/')}": kit.RequestExample(body=FIREARM),
    f"PUT {_PATH}{{record_id}}": kit.RequestExample(
        path={"record_id": RECORD.id()}, body={**CONTENT, "other_markings": "property mark, removed"}
    ),
    f"POST {_PATH}{{record_id}}/recovery": kit.RequestExample(path={"record_id": RECORD.ended}),
}
