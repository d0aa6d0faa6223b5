"""English for the words of the API, where the word itself with spaces does not say it.

A word that is missing here is shown as it is: `stolen-blank` as `stolen blank`, `date_of_birth` as `Date of birth`.
"""

from typing import Final

FIELDS: Final = {
    "body_country": "Country where it was found",
    "body_found": "Found on",
    "body_place": "Place where it was found",
    "body_sex": "Sex",
    "id": "Record",
    "imei": "IMEI",
    "imo_number": "IMO number",
    "mmsi": "MMSI",
    "mrz": "Machine-readable zone",
    "plate": "Number plate",
    "record": "Id of a record",
    "serial": "Serial number or IMEI",
    "sex": "Sex",
    "un_listing": "Listing of the Security Council",
    "vessel": "Name of the vessel",
    "vin": "Vehicle identification number (VIN)",
    "words": "Words about it",
    "work": "Work of art",
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
    "un-special": "Security Council special",
}
"""What codes mean."""
