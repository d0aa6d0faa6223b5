"""The three-letter codes of travel documents that ISO 3166-1 does not have.

ICAO Doc 9303, part 3 (eighth edition, 2021), section 5, "Codes for nationality, place of birth, location of issuing
State/authority and other purposes". RKS, which documents of Kosovo bear, is on the lists of border authorities beside
those of the section.
"""

from typing import Final

BRITISH: Final = {
    "GBD": "British Overseas Territories citizen",
    "GBN": "British National (Overseas)",
    "GBO": "British Overseas citizen",
    "GBP": "British protected person",
    "GBS": "British subject",
}
PERSONS: Final = {
    "XXA": "Stateless person, as defined in article 1 of the Convention of 1954",
    "XXB": "Refugee, as defined in article 1 of the Convention of 1951 and its Protocol of 1967",
    "XXC": "Refugee, other than XXB",
    "XXX": "Person of unspecified nationality",
}
"""Persons without a nationality that is defined: no issuer of a document."""
SPECIMEN: Final = {"UTO": "Utopia, the country of the specimens in that document"}
"""Nobody has its documents, so that it is only among the codes that are printed."""
KOSOVO: Final = {
    "RKS": "Kosovo",
    "UNK": "Resident of Kosovo with a document of the United Nations Interim Administration Mission",
}
ORGANISATIONS: Final = {
    "EUE": "European Union",
    "UNA": "Specialized agency of the United Nations",
    "UNO": "United Nations Organization",
    "XBA": "African Development Bank",
    "XCC": "Caribbean Community",
    "XCE": "Council of Europe",
    "XCO": "Common Market for Eastern and Southern Africa",
    "XDC": "Southern African Development Community",
    "XEC": "Economic Community of West African States",
    "XES": "Organisation of Eastern Caribbean States",
    "XIM": "African Export-Import Bank",
    "XMP": "Parliamentary Assembly of the Mediterranean",
    "XOM": "Sovereign Military Order of Malta",
    "XPO": "INTERPOL",
}
