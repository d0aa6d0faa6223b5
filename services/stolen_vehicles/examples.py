"""The requests of the service as the documents show them, and the vehicle that they are about, which does not exist."""

from typing import Any, Final

from services.stolen_vehicles.vessels.examples import EXAMPLES as VESSEL_EXAMPLES
from shared.records import service_kit as kit

VEHICLE: Final[dict[str, Any]] = {
    "reference": "2026/DCPJ/00418",
    "vin": "ZAR 937000 05123457",
    "plate": "FZ 513 KL",
    "country": "IT",
    "engine_number": "AR 67203 1234568",
    "make": "Alfa Romeo",
    "model": "156",
    "variant": "1.9 JTD Sportwagon",
    "kind": "car",
    "body": "estate",
    "colour": "red",
    "marks": "dent in the left rear door, roof box",
    "year": 2003,
    "theft_date": "2026-03-13/2026-03-16",
    "theft_place": "Torino, railway station",
    "theft_country": "IT",
    "conditions": ["H1"],
}
"""Another vehicle than the example record: a bureau enters a reference once."""

RECORD: Final = kit.ExampleRecord("stolen-vehicles", "", 1, ("vin", "plate", "engine_number"))
PLATE: Final = {"plate": "fz 512-kl", "country": "IT"}
CONTENT: Final = {
    **VEHICLE,
    "reference": "2026/DCPJ/00417",
    "vin": "ZAR 937000 05123456",
    "plate": "FZ 512 KL",
    "engine_number": "AR 67203 1234567",
}
"""Of the example record."""

_COMMON: Final = kit.record_examples(
    RECORD,
    query=PLATE,
    fields={"vin": "zar-937000-05123456", "engine_number": "AR67203 1234567"},
    listed={"status": "stolen"},
    corrections={"colour": "dark red"},
)

EXAMPLES: Final[kit.RequestExamples] = {
    **_COMMON,
    **kit.field_copy_examples(RECORD),
    **VESSEL_EXAMPLES,
    f"GET {RECORD.path}vin-check": kit.RequestExample(query={"vin": "zar-937000-05123456"}),
    f"POST {RECORD.path}checks": kit.RequestExample(body={"checks": [PLATE, {"vin": "zar-937000-05123456"}]}),
    f"POST {RECORD.path}entries": kit.RequestExample(
        body={"entries": [{**VEHICLE, "reference": "2026/DCPJ/00419", "vin": "ZAR 937000 05123458"}]}
    ),
    f"POST {RECORD.path.removesuffix('/')}": kit.RequestExample(body=VEHICLE),
    f"PUT {RECORD.path}{{record_id}}": kit.RequestExample(
        path={"record_id": RECORD.id()}, body={**CONTENT, "colour": "dark red"}
    ),
    f"POST {RECORD.path}{{record_id}}/recovery": kit.RequestExample(path={"record_id": RECORD.ended}),
}
