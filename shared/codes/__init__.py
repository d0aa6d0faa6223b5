"""Codes of countries, nationalities, languages and currencies: types that accept the codes of their lists alone."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, JsonValue

from shared.codes import lists
from shared.codes.code_list import CodeList

CODE_LIST: Final = "x-code-list"
"""In a JSON schema: the list whose codes a member takes. The pattern states their form alone."""


def _field(codes: CodeList, pattern: str, example: str, description: str) -> Any:
    schema: dict[str, JsonValue] = {"pattern": pattern, CODE_LIST: codes.what}
    return Field(description=description, examples=[example], json_schema_extra=schema)


Country = Annotated[
    str,
    _field(lists.COUNTRY, "^[A-Z]{2}$", "IT", "ISO 3166-1 alpha-2."),
    AfterValidator(lists.COUNTRY.checked),
]
Nationality = Annotated[
    str,
    _field(
        lists.NATIONALITY,
        "^[A-Z]{2,3}$",
        "IT",
        "ISO 3166-1 alpha-2; for what has none the three letters of ICAO Doc 9303, such as `XXA` (stateless).",
    ),
    AfterValidator(lists.NATIONALITY.checked),
]
CountryOfBirth = Annotated[
    str,
    _field(
        lists.COUNTRY_OF_BIRTH,
        "^[A-Z]{2,3}$",
        "IT",
        "ISO 3166-1 alpha-2; of a country that is no more the three letters of ISO 3166-3, such as `SUN`.",
    ),
    AfterValidator(lists.COUNTRY_OF_BIRTH.checked),
]
Issuer = Annotated[
    str,
    _field(
        lists.ISSUER,
        "^[A-Z]{2,3}$",
        "IT",
        "ISO 3166-1 alpha-2; for what has none the three letters of ICAO Doc 9303, such as `XPO`, or of ISO 3166-3.",
    ),
    AfterValidator(lists.ISSUER.checked),
]
PrintedIssuer = Annotated[
    str,
    _field(
        lists.PRINTED_ISSUER,
        "^[A-Z]{1,3}$",
        "FRA",
        "As printed in the machine-readable zone (ICAO Doc 9303, part 3): three letters, but `D` of Germany.",
    ),
    AfterValidator(lists.PRINTED_ISSUER.checked),
]
Language = Annotated[
    str,
    _field(lists.LANGUAGE, "^[A-Z]{3}$", "FRE", "ISO 639-2/B in capitals."),
    AfterValidator(lists.LANGUAGE.checked),
]
Currency = Annotated[
    str,
    _field(lists.CURRENCY, "^[A-Z]{3}$", "EUR", "ISO 4217."),
    AfterValidator(lists.CURRENCY.checked),
]
