"""The requests of the service as the documents show them, and the painting of nobody that they are about."""

from typing import Any, Final

from services.cultural_property.valuables.examples import EXAMPLES as VALUABLE_EXAMPLES
from shared.records import service_kit as kit

WORK: Final[dict[str, Any]] = {
    "reference": "2026/DCPJ/00418",
    "type": "painting",
    "subtype": "marine",
    "title": "Ferry at Dusk near Nergensluis",
    "maker": "Jan van Nergens",
    "other_makers": ["Johannes Nergensius"],
    "attribution": "by",
    "subject": "a ferry with three cows on a wide river",
    "made": "1641",
    "materials": ["oil paint", "oak"],
    "techniques": ["painted"],
    "measurements": [
        {"dimension": "height", "value": 44, "unit": "cm"},
        {"dimension": "width", "value": 61.5, "unit": "cm"},
    ],
    "markings": [{"kind": "monogram", "text": "IVN 1641", "place": "lower right"}],
    "features": ["panel of three boards, the upper joint opened"],
    "inventory_number": "NM 1932-18",
    "event_date": "2026-03-13/2026-03-16",
    "event_place": "Nergensluis, town hall",
    "event_country": "NL",
    "public": True,
}
"""Another work than the example record: a bureau enters a reference once."""

RECORD: Final = kit.ExampleRecord("cultural-property", "", 41)
SOUGHT: Final = {"title": "harbour in the storm", "maker": "van nergens"}
PHOTOGRAPH: Final = "71930242"
DELETED_PHOTOGRAPH: Final = "71930244"
SOUGHT_PICTURE: Final = kit.ExampleRecord("cultural-property", "similar/", 43).id()
"""That a bureau has sought."""

# Of the example record whose owner is not known.
SEIZED: Final = "2026/DCPJ/00422"
SEIZED_NUMBER: Final = 6
CONTENT: Final[dict[str, Any]] = {
    **WORK,
    "reference": kit.reference_of(0),
    "title": "Harbour in a Storm",
    "other_titles": ["Hafen im Sturm"],
    "subject": "two ships off a rocky coast",
    "made": "1632",
    "materials": ["oil paint", "canvas"],
    "measurements": [
        {"dimension": "height", "value": 62.5, "unit": "cm"},
        {"dimension": "width", "value": 92.5, "unit": "cm"},
    ],
    "markings": [{"kind": "signature", "text": "J. v. N. f. 1632", "place": "lower left"}],
    "features": ["old tear repaired above the mast"],
    "inventory_number": "NM 1932-17",
}
"""Of the example record."""

_NARROWED: Final[dict[str, Any]] = {
    "words": "repaired tear mast",
    "type": "marine",
    "material": "canvas",
    "made": "1625/1640",
    "height_mm": 625,
    "width_mm": 925,
    "depth_mm": 30,
    "length_mm": 925,
    "diameter_mm": 300,
    "weight_g": 2500,
    "status": "stolen",
}
_COMMON: Final = kit.record_examples(
    RECORD,
    query=SOUGHT,
    fields=_NARROWED,
    listed={"status": "stolen", "type": "painting"},
    corrections={"made": "1633"},
)

EXAMPLES: Final[kit.RequestExamples] = {
    **_COMMON,
    **VALUABLE_EXAMPLES,
    f"GET {RECORD.path}statements": kit.RequestExample(query=SOUGHT, fields=_NARROWED),
    f"GET {RECORD.path}statements/{{request_id}}/proof": kit.RequestExample(
        taken={"request_id": f"the member `request` of a statement, the answer to `GET {RECORD.path}statements`"}
    ),
    f"GET {RECORD.path}extracts": kit.RequestExample(query={"status": "stolen"}),
    f"GET {RECORD.path}extracts/search": kit.RequestExample(query=SOUGHT, fields=_NARROWED),
    f"GET {RECORD.path}extracts/{{record_id}}": kit.RequestExample(path={"record_id": RECORD.id()}),
    **kit.photograph_examples(RECORD, PHOTOGRAPH, DELETED_PHOTOGRAPH),
    f"GET {RECORD.path}similar/{{picture_id}}/{{record_id}}/{{photograph_id}}": kit.RequestExample(
        path={"picture_id": SOUGHT_PICTURE, "record_id": RECORD.id(), "photograph_id": PHOTOGRAPH}
    ),
    f"POST {RECORD.path}checks": kit.RequestExample(body={"checks": [SOUGHT, {"words": "repaired tear mast"}]}),
    f"POST {RECORD.path}entries": kit.RequestExample(body={"entries": [{**WORK, "reference": "2026/DCPJ/00419"}]}),
    f"POST {RECORD.path.removesuffix('/')}": kit.RequestExample(body=WORK),
    f"PUT {RECORD.path}{{record_id}}": kit.RequestExample(
        path={"record_id": RECORD.id()}, body={**CONTENT, "made": "1633"}
    ),
    f"PUT {RECORD.path}{{record_id}}/restriction": kit.RequestExample(
        path={"record_id": RECORD.renewed}, body={"restricted": ["KE"]}
    ),
    f"POST {RECORD.path}{{record_id}}/recovery": kit.RequestExample(path={"record_id": RECORD.ended}),
}
