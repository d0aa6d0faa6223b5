"""English for the words of the API, where the word itself with spaces does not say it.

A word that is missing here is shown as it is: `stolen-blank` as `stolen blank`, `date_of_birth` as `Date of birth`.
"""

from typing import Final

FIELDS: Final = {
    "id": "Record",
    "mrz": "Machine-readable zone",
    "plate": "Number plate",
    "sex": "Sex",
    "un_listing": "Listing of the Security Council",
    "vin": "Vehicle identification number (VIN)",
}
"""What fields are called."""

CODES: Final = {
    "F": "female",
    "H0": "H0: for the police only",
    "H1": "H1: not in court without permission",
    "H2": "H2: not to be passed on without permission",
    "H3": "H3: other condition",
    "M": "male",
    "OFFICIAL_USE": "official use",
    "RESTRICTED": "restricted",
    "CONFIDENTIAL": "confidential",
    "U": "sex unknown",
}
"""What codes mean."""
