"""Provisions of criminal codes that are political, military or religious by their content, by country.

A number counts in the law of a charge whose warrant that country issued. Codes change: a lawyer must review this list
before anybody relies on it.
"""

import re
from typing import Final

NUMBER: Final = re.compile(r"\d+(?:[.\-][0-9A-Z]+)*[A-Z]?")

PROVISIONS: Final[dict[str, dict[str, str]]] = {
    "AE": {"176": "insult of the president"},
    "AZ": {"323": "insult of the president", "281": "appeals against the state"},
    "BY": {
        "342": "group actions against public order",
        "361": "calls against national security",
        "367": "slander of the president",
        "368": "insult of the president",
        "369": "insult of an official",
        "369.1": "discrediting the republic",
        "369-1": "discrediting the republic",
    },
    "CN": {
        "103": "separatism and incitement to it",
        "105": "subversion and incitement to it",
        "300": "use of a cult",
        "293": "picking quarrels",
    },
    "EG": {"98": "contempt of religion", "179": "insult of the president", "188": "false news"},
    "ES": {"544": "sedition", "491": "insult of the Crown"},
    "IN": {"124A": "sedition", "295A": "insult of religion"},
    "IR": {
        "262": "insult of the Prophet",
        "500": "propaganda against the system",
        "513": "insult of the sacred",
        "514": "insult of the leader",
        "610": "assembly and collusion",
        "638": "dress",
    },
    "JO": {"195": "insult of the king"},
    "KH": {"437": "insult of the king", "453": "plot"},
    "KZ": {"174": "incitement of discord", "405": "banned association"},
    "MA": {"179": "insult of the king", "220": "shaking the faith of a Muslim"},
    "MM": {"505": "false news"},
    "PK": {"124-A": "sedition", "295": "blasphemy", "298": "religious offences", "295-C": "blasphemy"},
    "RU": {
        "148": "religious feelings",
        "205.2": "justification of terrorism",
        "207.3": "statements about the armed forces",
        "280": "appeals to extremism",
        "280.1": "appeals to separatism",
        "280.3": "discrediting the armed forces",
        "282": "incitement of hatred",
        "282.1": "extremist community",
        "282.2": "banned organisation",
        "282.3": "funding of extremism",
        "284.1": "undesirable organisation",
        "330.1": "foreign agents",
        "337": "absence from the unit",
        "338": "desertion",
        "328": "evasion of military service",
        "354.1": "history of the war",
    },
    "TH": {"112": "insult of the monarchy", "116": "sedition"},
    "TR": {"299": "insult of the president", "301": "insult of the nation", "216": "religious values"},
    "VN": {"109": "overthrow", "117": "propaganda against the state", "331": "abuse of freedoms"},
}


def provision(country: str, law: str) -> tuple[str, str] | None:
    """Return the first number in a law that is such a provision of a country, and what it is about, or None."""
    known = PROVISIONS.get(country, {})
    return next(((found[0], known[found[0]]) for found in NUMBER.finditer(law) if found[0] in known), None)
