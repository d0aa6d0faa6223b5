"""The requests of the service as the documents show them, and the record they are about: prints of nobody."""

from typing import Any, Final

from shared.records import service_kit as kit

RECORD: Final = kit.ExampleRecord("fingerprints", "", 4)
CONTENT: Final[dict[str, Any]] = {
    "category": "criminal",
    "person_status": "suspect",
    "sex": "M",
    "remark": "Scar across the right index finger",
}
FINGER: Final = 2

_ONE: Final = f"{RECORD.path}{{record_id}}"
_MAIN: Final = {"record_id": RECORD.id()}
SOUGHT_PRINT: Final = kit.ExampleRecord("fingerprints", "sought/", 44).id()
_KEPT: Final = f"{RECORD.path}sought/{{print_id}}"
_OF_KEPT: Final = {"print_id": SOUGHT_PRINT}
_SOUGHT: Final = {"position": FINGER, "person_status": "suspect"}

EXAMPLES: Final[kit.RequestExamples] = {
    **kit.record_examples(
        RECORD,
        query={},
        listed={"status": "active", "category": "criminal", "person_status": "suspect"},
        corrections={"sex": "U"},
    ),
    f"POST {RECORD.path.removesuffix('/')}": kit.RequestExample(body={**CONTENT, "reference": "2026/DCPJ/00418"}),
    f"PUT {_ONE}": kit.RequestExample(
        path=_MAIN, body={**CONTENT, "reference": kit.reference_of(0), "remark": "The scar is old."}
    ),
    f"POST {RECORD.path}identification": kit.RequestExample(fields=_SOUGHT),
    f"GET {_KEPT}": kit.RequestExample(path=_OF_KEPT),
    f"GET {_KEPT}/picture": kit.RequestExample(path=_OF_KEPT),
    f"POST {_KEPT}/identification": kit.RequestExample(path=_OF_KEPT, fields=_SOUGHT),
    f"GET {_KEPT}/records/{{record_id}}/{{position}}": kit.RequestExample(
        path={**_OF_KEPT, **_MAIN, "position": FINGER}
    ),
    f"GET {_KEPT}/prints/{{other_id}}": kit.RequestExample(path={**_OF_KEPT, "other_id": SOUGHT_PRINT}),
    f"POST {RECORD.path}verification": kit.RequestExample(
        files={"first": kit.example_files.PRINT, "second": kit.example_files.OTHER_PRINT}
    ),
    f"POST {RECORD.path}subscriptions": kit.RequestExample(fields=_SOUGHT),
    f"POST {_ONE}/impressions": kit.RequestExample(path=_MAIN, query={"position": FINGER}),
    f"GET {_ONE}/impressions/{{position}}": kit.RequestExample(
        path={**_MAIN, "position": FINGER}, fields={"form": "png"}
    ),
}
