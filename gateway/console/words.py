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
    # Findings of the screening of notices.
    "absence-from-unit": "absence from a military unit",
    "accusation-of-the-state": "accusation of the state",
    "act-of-office": "act in office",
    "administrative": "administrative offence",
    "asylum-sought": "asylum was sought",
    "banned-party": "banned party",
    "behavioural-norms": "behavioural norms",
    "bureau-under-measure": "the bureau is under a measure",
    "cheque": "unpaid cheque",
    "child-at-the-facts": "a child at the time of the facts",
    "coerced-confession": "coerced confession",
    "corporal-punishment": "corporal punishment",
    "criticism-of-the-state": "criticism of the state",
    "culture-of-a-people": "culture of a people",
    "custody-of-child": "custody of a child",
    "death-penalty": "death penalty",
    "death-penalty-of-a-minor": "death penalty of a minor",
    "debt": "debt",
    "disclosure-of-misconduct": "disclosure of misconduct",
    "doubt-of-an-election": "doubt about an election",
    "earlier-refusal": "refused before",
    "expression-of-claims": "expression of claims",
    "expression-on-the-state": "expression about the state",
    "expression-to-others": "expression to others",
    "facts-too-short": "the facts are too short",
    "family-duty": "duty within a family",
    "forbidden-words": "forbidden words",
    "foreign-support-of-civil-society": "foreign support of civil society",
    "harm-to-the-state": "harm to the state",
    "insult-of-an-official": "insult of an official",
    "insult-of-head-of-state": "insult of the head of state",
    "insult-of-religion": "insult of a religion",
    "insult-of-the-state": "insult of the state",
    "journalist-or-activist": "journalist or activist",
    "judicial-data-missing": "judicial data are missing",
    "known-provision": "provision known to be political",
    "labour-law": "labour law",
    "lawful-acts-of-a-member": "lawful acts of a member",
    "military-offence": "military offence",
    "military-order": "military order",
    "military-service": "military service",
    "minority-faith": "minority faith",
    "mixed-scripts": "letters of two scripts in a word",
    "name-calling": "name-calling",
    "no-ordinary-crime": "no ordinary crime is told",
    "offence-against-the-state": "offence against the state",
    "opposition": "part in the opposition",
    "own-use": "for own use",
    "part-in-an-election": "part in an election",
    "part-in-public-life": "part in public life",
    "placeholder": "text that stands for one that is missing",
    "political-activity": "political activity",
    "practice-of-religion": "practice of religion",
    "pressure-on-relatives": "pressure on relatives",
    "private-dispute": "private dispute",
    "private-opinion": "private opinion",
    "propaganda": "propaganda",
    "protest": "protest",
    "racial-ground": "racial ground",
    "refugee": "refugee",
    "religious-offence": "religious offence",
    "risk-of-persecution": "risk of persecution",
    "self-determination": "self-determination",
    "small-tax": "small tax offence",
    "speech-against-the-state": "speech against the state",
    "statements-on-the-state": "statements about the state",
    "support-of-prisoners": "support of prisoners",
    "symbols-of-the-state": "symbols of the state",
    "terrorism-without-violence": "terrorism without violence",
    "threshold-nearly-missed": "just above the threshold",
    "to-be-killed": "the person is to be killed",
    "tracing": "tracing of a person",
    "undermining-the-state": "undermining the state",
    "unfair-trial": "unfair trial",
    "unfinished-work": "unfinished work",
    "woman-who-left": "a woman who left",
    # Reasons of the reviewers, and colours.
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
