"""A whole criminal file, as a bureau would enter it: shown in the documents, and entered by the tests.

The person does not exist.
"""

from typing import Any, Final

from services.notices.examples import PERSON

EXAMPLE: Final[dict[str, Any]] = {
    "subject": {**PERSON, "person_status": "convicted"},
    "history": [
        {
            "offence": {"category": "robbery"},
            "charge": "Vol à main armée",
            "charge_translation": "Armed robbery",
            "law": "Code pénal 311-8",
            "date": "2019-06-14",
            "country": "FR",
            "court": "Tribunal judiciaire de Vernbourg",
            "reference": "TJ-VERNBOURG-2019-881",
            "decided": "2020-02-03",
            "outcome": "convicted",
            "sentence": {"imprisonment_months": 54},
            "source": "Casier judiciaire national",
        },
        {
            "offence": {"category": "organised-crime"},
            "charge": "Association de malfaiteurs",
            "law": "Code pénal 450-1",
            "date": "2026-02",
            "country": "FR",
            "source": "Police judiciaire de Vernbourg",
        },
    ],
    "remarks": "Works with two others, one of whom drives.",
}
