"""English for the words of the API, where the word itself with spaces does not say it.

A word that is missing here is shown as it is: `stolen-blank` as `stolen blank`, `date_of_birth` as `Date of birth`. One
that means something else in one field is entered as `<field>.<code>`.
"""

from typing import Final

_FIELDS: Final = {
    "id": "Record",
    "imei": "IMEI",
    "imo_number": "IMO number",
    "maximum_penalty_months": "Highest penalty (months)",
    "mmsi": "MMSI",
    "mrz": "Machine-readable zone",
    "plate": "Number plate",
    "sentence_imposed_months": "Sentence imposed (months)",
    "sentence_remaining_months": "Sentence remaining (months)",
    "un_listing": "Listing of the Security Council",
    "vin": "Vehicle identification number (VIN)",
    "vin_decoded": "What the VIN says",
    "vin_verdict": "Check of the VIN",
}

_CODES: Final = {
    # Conditions of handling.
    "H0": "H0: for the police only",
    "H1": "H1: not in court without permission",
    "H2": "H2: not to be passed on without permission",
    "H3": "H3: other condition",
    "OFFICIAL_USE": "official use",
    "RESTRICTED": "restricted",
    "CONFIDENTIAL": "confidential",
    # Sex, eyes and hair, as notices code them.
    "M": "male",
    "F": "female",
    "U": "not known",
    "BLA": "black",
    "BLU": "blue",
    "BLUL": "light blue",
    "BRO": "brown",
    "BROD": "dark brown",
    "BROF": "light brown",
    "BROH": "hazel brown",
    "BROL": "light brown",
    "GRE": "green",
    "GRY": "grey",
    "GRYG": "greying",
    "HAIB": "bald",
    "HAID": "dyed",
    "OTHC": "another colour",
    "OTHD": "another dark colour",
    "OTHL": "another light colour",
    "RED": "red",
    "REDA": "auburn",
    "WHI": "white",
    "YELB": "blond",
    # Surfaces of a tooth.
    "surfaces.M": "mesial",
    "surfaces.O": "occlusal",
    "surfaces.I": "incisal",
    "surfaces.D": "distal",
    "surfaces.B": "buccal",
    "surfaces.L": "lingual",
    "surfaces.P": "palatal",
    # Fingers.
    "position.1": "right thumb",
    "position.2": "right index finger",
    "position.3": "right middle finger",
    "position.4": "right ring finger",
    "position.5": "right little finger",
    "position.6": "left thumb",
    "position.7": "left index finger",
    "position.8": "left middle finger",
    "position.9": "left ring finger",
    "position.10": "left little finger",
    "article-2": "article 2: human rights",
    "article-3": "article 3: political, military, religious or racial character",
    "un-special": "UN special",
}


def field_in_words(name: str) -> str:
    """Return what a field is called."""
    return _FIELDS.get(name) or name.replace("_", " ").capitalize()


def code_in_words(value: str, field: str = "") -> str:
    """Return what a code means, in a field if that matters."""
    return _CODES.get(f"{field}.{value}") or _CODES.get(value) or value.replace("-", " ").replace("_", " ")


def known_codes() -> tuple[str, ...]:
    """Return the English of all codes that have a text of their own."""
    return tuple(dict.fromkeys(_CODES.values()))
