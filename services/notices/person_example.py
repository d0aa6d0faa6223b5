"""A whole criminal file, as a bureau would enter it: shown in the documents, and entered by the tests.

The person does not exist.
"""

from typing import Any, Final

EXAMPLE: Final[dict[str, Any]] = {
    "subject": {
        "kind": "person",
        "person_status": "convicted",
        "name": "Delacroisière",
        "forename": "Étienne Marcel",
        "names_in_other_scripts": ["Этьен Марсель Делакруазьер"],
        "aliases": ["Le Grand"],
        "identities": [
            {
                "name": "Vandermolen",
                "forename": "Steven",
                "date_of_birth": "1981",
                "nationalities": ["BE"],
                "documents": [{"kind": "identity card", "number": "592-0117733-48", "country": "BE"}],
            }
        ],
        "sex": "M",
        "date_of_birth": "1979-11-02",
        "place_of_birth": "Vernbourg",
        "country_of_birth": "FR",
        "nationalities": ["FR"],
        "height": 181,
        "weight": 84,
        "eyes": ["BRO"],
        "hair": ["GRYG"],
        "distinguishing_marks": "Burn scar on the back of the right hand.",
        "languages": ["FRE", "DUT"],
        "documents": [{"kind": "passport", "number": "19AK00417", "country": "FR"}],
        "evidence": ["fingerprints"],
    },
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
