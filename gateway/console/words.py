"""English for the words of the API, where the word itself with spaces does not say it.

A word that is missing here is shown as it is: `stolen-blank` as `stolen blank`, `date_of_birth` as `Date of birth`.
"""

from typing import Final

FIELDS: Final = {
    "addressed": "For these bureaus alone",
    "as_on_device": "It stands on the device as it is written here",
    "as_on_vehicle": "It stands on the vehicle as it is written here",
    "as_on_vessel": "It stands on the vessel as it is written here",
    "id": "Record",
    "mrz": "Machine-readable zone",
    "imei": "IMEI",
    "imo_number": "IMO number",
    "length_m": "Length in metres",
    "mmsi": "MMSI",
    "other_condition": "The other condition (H3)",
    "partners": "Also for these partners",
    "plate": "Number plate",
    "power_kw": "Power in kilowatts",
    "public": "The public may see an extract",
    "restricted": "Not for these bureaus and partners",
    "second_imei": "Second IMEI",
    "sex": "Sex",
    "un_listing": "Listing of the Security Council",
    "vin": "Vehicle identification number (VIN)",
}
"""What fields are called."""

CODES: Final = {
    "BLA": "black",
    "BLU": "blue",
    "BLUL": "light blue",
    "BRO": "brown",
    "BROD": "dark brown",
    "BROF": "light brown",
    "BROH": "hazel",
    "BROL": "light brown",
    "F": "female",
    "GRE": "green",
    "GRY": "grey",
    "GRYG": "greying",
    "H0": "H0: for the police only",
    "H1": "H1: not in court without permission",
    "H2": "H2: not to be passed on without permission",
    "H3": "H3: other condition",
    "HAIB": "bald",
    "HAID": "dyed",
    "M": "male",
    "OFFICIAL_USE": "official use",
    "OTHC": "other",
    "OTHD": "other, dark",
    "OTHL": "other, light",
    "RED": "red",
    "REDA": "auburn",
    "RESTRICTED": "restricted",
    "CONFIDENTIAL": "confidential",
    "U": "sex unknown",
    "WHI": "white",
    "YELB": "blond",
    "dna": "DNA",
    "un-special": "UN Security Council special",
}
"""What codes mean."""
