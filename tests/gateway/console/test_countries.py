"""Countries as officers write them, in a search, in a form and for a bureau alike."""

import pytest

from gateway.console.countries import country_named
from gateway.console.participants import code_named
from gateway.console.records.forms import codes
from gateway.console.records.forms.fields import Field, FieldKind
from gateway.console.search.reading.stated_countries import named_country_beside
from gateway.console.texts import texts_of
from shared.bureaus import MEMBERS
from shared.codes.countries import COUNTRIES

WRITTEN = {
    **dict.fromkeys(["Turkey", "türkiye", "Turkiye", "Turquie", "تركيا"], "TR"),
    **dict.fromkeys(["Czech Republic", "the Czech Republic", "Czechia", "republica checa"], "CZ"),
    **dict.fromkeys(["Ivory Coast", "Cote d’Ivoire", "COSTA DE MARFIL"], "CI"),
    **dict.fromkeys(["UK", "Great Britain", "Royaume-Uni"], "GB"),
    **dict.fromkeys(["South Korea", "Republic of Korea", "Korea, Republic of"], "KR"),
    **dict.fromkeys(["Democratic Republic of the Congo", "DR Congo"], "CD"),
    **dict.fromkeys(["Burma", "Myanmar", "Birmanie"], "MM"),
}


@pytest.mark.parametrize(("name", "code"), WRITTEN.items())
def test_a_country_is_read_the_same_everywhere(name: str, code: str) -> None:
    field = Field("country", FieldKind.CODE, code_list="countries")
    assert country_named(name) == codes.code_of(texts_of("en"), field, name) == code_named(name) == code


def test_each_country_and_member_is_read_by_its_official_name() -> None:
    named = {code: country_named(name) for code, name in COUNTRIES.items()}
    assert named == {code: code if code != "CG" else None for code in COUNTRIES}
    shown = {code: code_named(texts_of(language).bureau(code)) for code in MEMBERS for language in ("en", "fr", "ar")}
    assert shown == {code: code for code in MEMBERS}


@pytest.mark.parametrize("name", ["Korea", "Corée", "Congo", "Atlantis", "", "the", "x" * 100_000])
def test_a_name_of_no_country_or_of_several_is_none(name: str) -> None:
    assert country_named(name) is None
    assert code_named(name) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("France (FR)", "FR"), ("(FR)", "FR"), ("France (fr)", "FR"), ("Myanmar (Burma) (MM)", "MM")),
        *((text, None) for text in ("Brazil (DE)", "Germany, France (BE)", "Not France (DE)", "ß", "ﬁ")),
    ],
)
def test_a_name_with_another_code_in_brackets_is_no_bureau(text: str, code: str | None) -> None:
    """A message would go to a bureau that its officer does not mean."""
    assert code_named(text) == code
    field = Field("country", FieldKind.CODE, code_list="countries")
    assert codes.code_of(texts_of("en"), field, text) == (code if code and text != "France (fr)" else text)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
@pytest.mark.parametrize("code_list", ["countries", "languages", "currencies"])
def test_what_a_field_suggests_is_read_as_its_code(language: str, code_list: str) -> None:
    texts = texts_of(language)
    field = Field("any", FieldKind.CODE, code_list=code_list)
    for code in codes.names_of(language, code_list):
        assert codes.code_of(texts, field, codes.suggestion(texts, code_list, code)) == code


def test_few_letters_beside_a_name_are_no_country() -> None:
    assert named_country_beside("RDC Kabila") is None
    found = named_country_beside("34 ABC 123 Turkey")
    assert found is not None
    assert (found.code, found.rest) == ("TR", "34 ABC 123")
