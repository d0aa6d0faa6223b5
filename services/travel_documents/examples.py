"""The requests of the service as the documents show them, and the documents that they are about, which do not exist."""

from typing import Any, Final

from shared.records import service_kit as kit

DOCUMENT: Final[dict[str, Any]] = {
    "reference": "2026/DCPJ/00418",
    "type": "passport",
    "number": "26XX00418",
    "status": "stolen",
    "event_date": "2026-03-13/2026-03-16",
    "event_country": "FR",
    "event_place": "Marseille, airport",
    "circumstances": "taken with a briefcase",
    "issued": "2024-04",
    "conditions": ["H1"],
}
"""Another document than the example record: a bureau enters a reference once."""

RECORD: Final = kit.ExampleRecord("travel-documents", "", 9, ("number",))
CONTENT: Final = {**DOCUMENT, "reference": kit.reference_of(0), "number": "26XX00417"}
"""Of the example record. The issuer is that of the owner's country."""

BLANKS: Final = {
    "reference": "2026/DCPJ/00421",
    "type": "passport",
    "first_number": "26XX10001",
    "last_number": "26XX20000",
    "event_date": "2026-03-14",
    "event_country": "FR",
}
BLANKS_HELD: Final = {
    **BLANKS,
    "reference": "2026/DCPJ/00420",
    "first_number": "26XX30001",
    "last_number": "26XX30100",
    "status": "stolen-blank",
}
"""Of the example range."""

SOUGHT: Final = {"issuer": "FRA", "number": "26XX 00417", "type": "passport"}
_CHECKED: Final = {"issuer": "FRA", "number": "26XX00417"}
# Of a specimen: its number has the check digit 6.
_ZONE: Final = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"

EXAMPLES: Final[kit.RequestExamples] = {
    **kit.record_examples(
        RECORD,
        query=SOUGHT,
        fields={"check_digit": "4", "mrz": _ZONE},
        listed={"issuer": "FRA", "type": "passport", "status": "stolen", "blanks": False},
        corrections={"event_place": "Marseille, railway station"},
    ),
    **kit.field_copy_examples(RECORD),
    f"POST {RECORD.path}checks": kit.RequestExample(body={"checks": [_CHECKED, {"mrz": _ZONE}]}),
    f"POST {RECORD.path}entries": kit.RequestExample(
        body={"entries": [{**DOCUMENT, "reference": "2026/DCPJ/00419", "number": "26XX00419"}]}
    ),
    f"POST {RECORD.path.removesuffix('/')}": kit.RequestExample(body=DOCUMENT),
    f"PUT {RECORD.path}{{record_id}}": kit.RequestExample(
        path={"record_id": RECORD.id()}, body={**CONTENT, "circumstances": "taken with a red briefcase"}
    ),
    f"POST {RECORD.path}{{record_id}}/recovery": kit.RequestExample(path={"record_id": RECORD.ended}),
    f"POST {RECORD.path}screening": kit.RequestExample(
        body={**_CHECKED, "type": "passport", "country": "FR", "place": "Marseille airport, desk 12"}
    ),
    f"POST {RECORD.path}blanks": kit.RequestExample(body=BLANKS),
    f"GET {RECORD.path}blanks": kit.RequestExample(
        fields={
            "after": RECORD.linked,
            "linked_to": RECORD.linked,
            "issuer": "FRA",
            "type": "passport",
            "status": "stolen-blank",
            "owner": "FR",
            "reference": BLANKS_HELD["reference"],
        }
    ),
}
