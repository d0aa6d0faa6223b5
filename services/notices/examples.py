"""One whole notice of each colour, as a bureau would enter it: shown in the documents, and submitted by the tests.

None of these people and organisations exists.
"""

from typing import Any, Final

from fastapi.openapi.models import Example as OpenApiExample

from services.notices.colours import Colour

_EVENT: Final = {"date": "2026-02-11", "time": "06:40", "place": "Vernbourg, ring road", "country": "FR"}
PERSON: Final[dict[str, Any]] = {
    "kind": "person",
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
}

EXAMPLES: Final[dict[Colour, dict[str, Any]]] = {
    Colour.RED: {
        "colour": "red",
        "subject": {**PERSON, "person_status": "wanted"},
        "facts": "Robbed a cash transport at gunpoint with two others, and fled in a stolen car.",
        "language": "en",
        "translations": [
            {
                "language": "fr",
                "facts": "A attaqué un transport de fonds à main armée avec deux complices, puis a fui en voiture.",
                "charges": ["Vol à main armée", "Association de malfaiteurs"],
                "distinguishing_marks": "Cicatrice de brûlure au dos de la main droite.",
            },
            {
                "language": "es",
                "facts": "Asaltó un transporte de dinero a mano armada con otros dos y huyó en un coche robado.",
                "charges": ["Robo a mano armada", "Participación en una organización criminal"],
                "distinguishing_marks": "Cicatriz de quemadura en el dorso de la mano derecha.",
            },
            {
                "language": "ar",
                "facts": "سطا مع شخصين آخرين على مركبة لنقل الأموال بقوة السلاح وفر في سيارة مسروقة.",
                "charges": ["السطو المسلح", "المشاركة في تنظيم إجرامي"],
                "distinguishing_marks": "ندبة حرق على ظهر اليد اليمنى.",
            },
        ],
        "event": _EVENT,
        "warrants": [
            {
                "stage": "prosecution",
                "issuing_country": "FR",
                "reference": "TJ-VERNBOURG-2026-1187",
                "issued": "2026-03-02",
                "court": "Tribunal judiciaire de Vernbourg",
                "charge": "Vol à main armée",
                "charge_translation": "Armed robbery",
                "law": "Code pénal 311-8",
                "offence": {"category": "robbery"},
                "maximum_penalty_months": 240,
                "further_charges": [
                    {
                        "charge": "Association de malfaiteurs",
                        "charge_translation": "Participation in a criminal organisation",
                        "law": "Code pénal 450-1",
                        "offence": {"category": "organised-crime"},
                        "maximum_penalty_months": 120,
                    }
                ],
            }
        ],
        "extradition_sought": True,
        "public": True,
    },
    Colour.BLUE: {
        "colour": "blue",
        "subject": {**PERSON, "person_status": "witness"},
        "facts": "Saw the robbery of a cash transport and has left the country. The court wants to hear them.",
        "offence": {"category": "robbery"},
        "event": _EVENT,
    },
    Colour.GREEN: {
        "colour": "green",
        "subject": {**PERSON, "person_status": "convicted"},
        "facts": "Convicted of armed robbery in three countries, and released. Assessed as likely to do it again.",
        "offence": {"category": "robbery"},
    },
    Colour.YELLOW: {
        "colour": "yellow",
        "subject": {
            "kind": "person",
            "person_status": "missing",
            "name": "Hoshikawa",
            "forename": "Mizuki",
            "names_in_other_scripts": ["星川 瑞希"],
            "sex": "F",
            "date_of_birth": "2001-04",
            "nationalities": ["JP"],
            "height": 158,
        },
        "police_report": "TKO-2026-008812",
        "last_known_place": "São Paulo, Liberdade",
        "circumstances": "Did not return from a day's walk.",
        "translations": [{"language": "fr", "circumstances": "N'est pas rentrée d'une promenade d'une journée."}],
        "event": {"date": "2026-05-02", "place": "São Paulo, Liberdade", "country": "BR"},
        "public": True,
    },
    Colour.BLACK: {
        "colour": "black",
        "subject": {"kind": "person", "person_status": "deceased", "sex": "F", "height": 165, "evidence": ["dna"]},
        "facts": "Found by fishers; about three weeks in the water.",
        "event": {"date": "2026-04-19", "place": "Harbour of Port Marle, northern breakwater", "country": "PT"},
    },
    Colour.ORANGE: {
        "colour": "orange",
        "subject": {
            "kind": "object",
            "name": "Parcel with an incendiary device",
            "description": "Shoe box in brown paper; ignites when it is opened.",
        },
        "facts": "Five such parcels were sent to freight firms, and two are not found.",
        "offence": {"category": "arson"},
        "event": _EVENT,
    },
    Colour.PURPLE: {
        "colour": "purple",
        "subject": {
            "kind": "object",
            "name": "Fire extinguisher with a false floor",
            "number": "SN 48-1177-20",
            "description": "The lower third holds up to two kilograms of powder, behind a thread that turns left.",
        },
        "facts": "Found in four lorries of different firms.",
        "translations": [
            {
                "language": "es",
                "facts": "Hallado en cuatro camiones de distintas empresas.",
                "description": "El tercio inferior guarda hasta dos kilogramos de polvo, tras una rosca inversa.",
            }
        ],
        "event": _EVENT,
    },
    Colour.SILVER: {
        "colour": "silver",
        "subject": {**PERSON, "person_status": "convicted"},
        "facts": "The proceeds of fraud with holiday flats, 2.4 million EUR, went into real estate and two boats.",
        "offence": {"category": "fraud"},
    },
    Colour.UN_SPECIAL: {
        "colour": "un-special",
        "subject": {
            "kind": "entity",
            "name": "Blue Harbour Trading",
            "aliases": ["BHT Shipping"],
            "country": "PA",
            "address": "12 Quay Street, Port Marle",
            "description": "Bought engines for an entity under the embargo.",
        },
        "un_listing": {"reference": "SYe.999", "resolution": "1267"},
    },
}
"""A complete notice of each colour."""

# RPD article 97: to arrest, to trace, to warn, to identify, to inform; the Security Council's are notices alone.
_FOR_ARREST: Final = {
    **EXAMPLES[Colour.RED],
    "subject": {"kind": "person", "person_status": "wanted", "name": "Nordhagen", "forename": "Elin", "sex": "F"}
    | {"date_of_birth": "1991", "nationalities": ["NO"]},
    "facts": "Stole eleven vans from rental firms and had them taken across the border.",
    "translations": [],
    "warrants": [
        {
            "stage": "prosecution",
            "issuing_country": "FR",
            "reference": "TJ-VERNBOURG-2026-2204",
            "issued": "2026-03-09",
            "charge": "Vol en bande organisée",
            "charge_translation": "Theft in an organised group",
            "law": "Code pénal 311-9",
            "offence": {"category": "vehicle-crime"},
        }
    ],
    "public": False,
}
DIFFUSIONS: Final[dict[Colour, dict[str, Any]]] = {
    colour: {**example, "addressed": ["DE", "PL"], "public": False}
    for colour, example in {**EXAMPLES, Colour.RED: _FOR_ARREST}.items()
    if colour is not Colour.UN_SPECIAL
}
"""A complete diffusion of each colour that can be one, to two bureaus.

That for arrest has neither the penalty nor the means of identification that a red notice needs.
"""

DOCUMENTED: Final[dict[str, OpenApiExample]] = {
    name: {"value": example}
    for name, example in (
        *((colour.value, notice) for colour, notice in EXAMPLES.items()),
        *((f"diffusion-{colour}", diffusion) for colour, diffusion in DIFFUSIONS.items()),
    )
}
"""As the OpenAPI document names them."""
