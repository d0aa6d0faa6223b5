"""English for the words of the API, where the word itself with spaces does not say it.

A word that is missing here is shown as it is: `stolen-blank` as `stolen blank`, `date_of_birth` as `Date of birth`.
"""

from typing import Final

FIELDS: Final = {
    "act": "What was done",
    "at": "When",
    "due": "Answer due",
    "how": "How it was found",
    "id": "Record",
    "mrz": "Machine-readable zone",
    "omitted": "Why there is no content",
    "plate": "Number plate",
    "sex": "Sex",
    "un_listing": "Listing of the Security Council",
    "vin": "Vehicle identification number (VIN)",
}
"""What fields are called."""

CODES: Final = {
    "africa": "Africa",
    "americas": "Americas",
    "asia-pacific": "Asia and the Pacific",
    "CONFIDENTIAL": "confidential",
    "europe": "Europe",
    "F": "female",
    "H0": "H0: for the police only",
    "H1": "H1: not in court without permission",
    "H2": "H2: not to be passed on without permission",
    "H3": "H3: other condition",
    "M": "male",
    "middle-east-north-africa": "Middle East and North Africa",
    "OFFICIAL_USE": "official use",
    "RESTRICTED": "restricted",
    "U": "sex unknown",
}
"""What codes mean."""
