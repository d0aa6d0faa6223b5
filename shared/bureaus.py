"""Codes of the participants: 196 national central bureaus by ISO 3166-1 alpha-2 code, the General Secretariat, others.

The others are the Secretariat's units and regional bureaus, the Commission for the Control of Files, partners, and the
public.
"""

import re
from typing import Annotated, Final, Literal, NewType

from pydantic import AfterValidator, Field

from shared.codes.countries import ALPHA_2_OF
from shared.errors import UnknownBureau
from shared.patterns import in_words

BureauCode = NewType("BureauCode", str)

SECRETARIAT: Final = BureauCode("IPSG")
COMMISSION: Final = BureauCode("CCF")
"""The Commission for the Control of INTERPOL's Files, which is independent of the Secretariat."""

PUBLIC: Final = BureauCode("PUBLIC")
"""The public, which reads what owners made public, and nothing else."""

ParticipantKind = Literal["bureau", "service", "unit", "partner", "commission", "public"]

# The membership of 2023: the members of the United Nations but KP and TV; and AW, CW, PS, SX, VA.
_MEMBERS = {
    "africa": """
        AO Angola|BF Burkina Faso|BI Burundi|BJ Benin|BW Botswana|CD Congo (Democratic Rep.)|
        CF Central African Republic|CG Congo|CI Côte d'Ivoire|CM Cameroon|CV Cabo Verde|DJ Djibouti|ER Eritrea|
        ET Ethiopia|GA Gabon|GH Ghana|GM Gambia|GN Guinea|GQ Equatorial Guinea|GW Guinea Bissau|KE Kenya|
        KM Comoros|LR Liberia|LS Lesotho|MG Madagascar|ML Mali|MR Mauritania|MU Mauritius|MW Malawi|
        MZ Mozambique|NA Namibia|NE Niger|NG Nigeria|RW Rwanda|SC Seychelles|SD Sudan|SL Sierra Leone|
        SN Senegal|SO Somalia|SS South Sudan|ST Sao Tome and Principe|SZ Eswatini|TD Chad|TG Togo|
        TZ Tanzania|UG Uganda|ZA South Africa|ZM Zambia|ZW Zimbabwe""",
    "americas": """
        AG Antigua and Barbuda|AR Argentina|AW Aruba|BB Barbados|BO Bolivia|BR Brazil|BS Bahamas|BZ Belize|
        CA Canada|CL Chile|CO Colombia|CR Costa Rica|CU Cuba|CW Curaçao|DM Dominica|DO Dominican Republic|
        EC Ecuador|GD Grenada|GT Guatemala|GY Guyana|HN Honduras|HT Haiti|JM Jamaica|KN St Kitts and Nevis|
        LC St Lucia|MX Mexico|NI Nicaragua|PA Panama|PE Peru|PY Paraguay|SR Suriname|SV El Salvador|
        SX Sint Maarten|TT Trinidad and Tobago|US United States|UY Uruguay|
        VC St Vincent and the Grenadines|VE Venezuela""",
    "asia-pacific": """
        AF Afghanistan|AU Australia|BD Bangladesh|BN Brunei|BT Bhutan|CN China|FJ Fiji|FM Micronesia|
        ID Indonesia|IN India|JP Japan|KG Kyrgyzstan|KH Cambodia|KI Kiribati|KR Korea (Rep. of)|KZ Kazakhstan|
        LA Laos|LK Sri Lanka|MH Marshall Islands|MM Myanmar|MN Mongolia|MV Maldives|MY Malaysia|NP Nepal|
        NR Nauru|NZ New Zealand|PG Papua New Guinea|PH Philippines|PK Pakistan|PW Palau|SB Solomon Islands|
        SG Singapore|TH Thailand|TJ Tajikistan|TL Timor-Leste|TM Turkmenistan|TO Tonga|UZ Uzbekistan|
        VN Viet Nam|VU Vanuatu|WS Samoa""",
    "europe": """
        AD Andorra|AL Albania|AM Armenia|AT Austria|AZ Azerbaijan|BA Bosnia and Herzegovina|BE Belgium|
        BG Bulgaria|BY Belarus|CH Switzerland|CY Cyprus|CZ Czechia|DE Germany|DK Denmark|EE Estonia|ES Spain|
        FI Finland|FR France|GB United Kingdom|GE Georgia|GR Greece|HR Croatia|HU Hungary|IE Ireland|IL Israel|
        IS Iceland|IT Italy|LI Liechtenstein|LT Lithuania|LU Luxembourg|LV Latvia|MC Monaco|MD Moldova|
        ME Montenegro|MK North Macedonia|MT Malta|NL Netherlands|NO Norway|PL Poland|PT Portugal|RO Romania|
        RS Serbia|RU Russia|SE Sweden|SI Slovenia|SK Slovakia|SM San Marino|TR Türkiye|UA Ukraine|
        VA Vatican City State""",
    "middle-east-north-africa": """
        AE United Arab Emirates|BH Bahrain|DZ Algeria|EG Egypt|IQ Iraq|IR Iran|JO Jordan|KW Kuwait|LB Lebanon|
        LY Libya|MA Morocco|OM Oman|PS Palestine|QA Qatar|SA Saudi Arabia|SY Syria|TN Tunisia|YE Yemen""",
}


def _parse(entries: str) -> dict[BureauCode, str]:
    pairs = (entry.strip().split(" ", 1) for entry in entries.split("|"))
    return {BureauCode(code): name for code, name in pairs}


REGIONS: Final = {region: _parse(entries) for region, entries in _MEMBERS.items()}
MEMBERS: Final[dict[BureauCode, str]] = dict(sorted(pair for members in REGIONS.values() for pair in members.items()))
PARTICIPATING: Final = frozenset({*MEMBERS, SECRETARIAT})
"""The bureaus: those of members and the General Secretariat, which own records."""

UNITS: Final = _parse("""
    IPSG-ART Works of Art|IPSG-CCC Command and Coordination Centre|IPSG-CT Counter-Terrorism|
    IPSG-CYBER Cybercrime|IPSG-DRUGS Drugs|IPSG-DVI Disaster Victim Identification|IPSG-FIRE Firearms|
    IPSG-NDTF Notices and Diffusions Task Force|IPSG-THB Trafficking in Human Beings|IPSG-TRAIN Training""")
"""The units of the Secretariat that use the network themselves."""

REGIONAL_BUREAUS: Final = _parse("""
    RB-ABJ Regional Bureau Abidjan|RB-BUE Regional Bureau Buenos Aires|RB-HRE Regional Bureau Harare|
    RB-NBO Regional Bureau Nairobi|RB-SAL Regional Bureau San Salvador|RB-YAO Regional Bureau Yaoundé""")
REVIEWING_UNIT: Final = BureauCode("IPSG-NDTF")
TRAINING_UNIT: Final = BureauCode("IPSG-TRAIN")
"""It writes messages, and reads no records."""

REVIEWERS: Final = frozenset({SECRETARIAT, REVIEWING_UNIT})
"""Who reviews what bureaus submit for publication."""

PARTNER_PATTERN: Final = "PARTNER-[A-Z]{2,12}"
_is_partner: Final = re.compile(PARTNER_PATTERN).fullmatch
PARTNERS: Final = _parse("""
    PARTNER-EUROPOL European Union Agency for Law Enforcement Cooperation|
    PARTNER-ICC International Criminal Court|PARTNER-UN United Nations|
    PARTNER-WCO World Customs Organization""")
"""International entities with a name and an account on the broker from the start; others join as well."""

OFFICES: Final = {
    SECRETARIAT: "General Secretariat",
    **UNITS,
    **REGIONAL_BUREAUS,
    COMMISSION: "Commission for the Control of INTERPOL's Files",
    PUBLIC: "The public",
}
"""The participants that are neither members, nor partners, nor services, with their names."""

EXPECTED: Final = frozenset({*MEMBERS, *OFFICES, *PARTNERS})
"""Every participant but services and further partners: those that the broker is prepared for."""

CODE_PATTERN: Final = f"([A-Z]{{2}}|IPSG(-[A-Z]{{2,5}})?|RB-[A-Z]{{3}}|{PARTNER_PATTERN}|CCF|PUBLIC)"
MAX_CODE: Final = 20
MAILBOX_KINDS: Final[frozenset[ParticipantKind]] = frozenset({"bureau", "unit", "partner", "commission"})
"""The kinds that messages are sealed to: services and the public have no sealing key."""


def kind_of(code: str) -> ParticipantKind:
    """Return the kind of a participant by its code; a code that no other kind has is the name of a service."""
    if code in PARTICIPATING:
        return "bureau"
    if code in UNITS or code in REGIONAL_BUREAUS:
        return "unit"
    if code == COMMISSION:
        return "commission"
    if code == PUBLIC:
        return "public"
    return "partner" if _is_partner(code) else "service"


# Ten that span the continents, for a mesh that starts at once.
DEFAULT_MEMBERS: Final = tuple(map(BureauCode, ("BR", "DE", "ES", "FR", "IT", "JP", "KE", "PL", "PT", "US")))

# What the local mesh has besides members and the Secretariat.
DEFAULT_OFFICES: Final = (COMMISSION, PUBLIC, REVIEWING_UNIT, BureauCode("IPSG-CCC"))


def is_participant(code: str) -> bool:
    """Return whether this is the code of a participant that has a gateway: of any kind but a service."""
    return kind_of(code) != "service"


def _meant(text: str) -> str:
    """Return a question that names the bureau of a country: of its name, or of its code of three letters."""
    country = text.strip().casefold()
    meant = ALPHA_2_OF.get(text.strip().upper())
    return next(
        (f"did you mean {code}? " for code, name in MEMBERS.items() if code == meant or name.casefold() == country), ""
    )


def parse_bureau(text: str) -> BureauCode:
    """Return the code of a participant that has a gateway, written in any case. Raises UnknownBureau."""
    code = BureauCode(text.strip().upper())
    if not is_participant(code):
        raise UnknownBureau(
            f"unknown bureau {text[:MAX_CODE]!r}: {_meant(text)}use an ISO 3166-1 alpha-2 code such as FR, or IPSG, "
            "or the code of another participant, such as IPSG-CCC, RB-ABJ, CCF, PARTNER-ICC or PUBLIC"
        )
    return code


def name_of(code: BureauCode) -> str:
    """Return the English name of a participant: of a bureau that of its country."""
    return MEMBERS.get(code) or OFFICES.get(code) or PARTNERS.get(code) or f"Partner {code.removeprefix('PARTNER-')}"


_A_PARTICIPANT: Final = (
    "must be the code of a participant: ISO 3166-1 alpha-2 in capitals, such as FR, or one as IPSG, CCF"
)
_A_MEMBER: Final = "must be the code of a member: ISO 3166-1 alpha-2 in capitals, such as FR"


def _participating(text: str) -> BureauCode:
    if not is_participant(text):
        raise ValueError(_A_PARTICIPANT)
    return BureauCode(text)


def _member(text: str) -> BureauCode:
    if text not in MEMBERS:
        raise ValueError(_A_MEMBER)
    return BureauCode(text)


Bureau = Annotated[
    BureauCode,
    Field(pattern=in_words(f"^{CODE_PATTERN}$", _A_PARTICIPANT), max_length=MAX_CODE, examples=["FR"]),
    AfterValidator(_participating),
]
Member = Annotated[
    BureauCode, Field(pattern=in_words("^[A-Z]{2}$", _A_MEMBER), examples=["FR"]), AfterValidator(_member)
]
