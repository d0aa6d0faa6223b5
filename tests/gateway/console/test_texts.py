"""Texts by the language of an officer: which one is chosen, and how times, sizes and names are written."""

import httpx
import pytest

from gateway.console.listing import sort_key
from gateway.console.texts import texts_of


@pytest.mark.thorough
@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")])
async def test_a_language_is_chosen_and_kept(client: httpx.AsyncClient, language: str, direction: str) -> None:
    await client.post("/language", data={"language": language, "next": "/sign-in"})
    assert f'<html lang="{language}" dir="{direction}">' in (await client.get("/sign-in")).text


@pytest.mark.thorough
async def test_the_browser_states_the_language_of_who_never_chose_one(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sign-in", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"})
    assert '<html lang="es" dir="ltr">' in answer.text


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_clocks_have_24_hours_in_all_languages(language: str) -> None:
    """An officer who changes the language reads the same figures."""
    written = texts_of(language).moment("2026-06-01T15:04:05Z")
    assert "15:04:05" in written
    assert "2026" in written


def test_bytes_have_their_plural() -> None:
    english = texts_of("en")
    assert [english.size(each) for each in (1, 10, 2_500, 3_000_000)] == ["1 byte", "10 bytes", "2.5 kB", "3 MB"]


def test_names_are_sorted_without_regard_to_accents() -> None:
    assert sorted(["Zambia", "Émirats", "Égypte", "France"], key=sort_key) == ["Égypte", "Émirats", "France", "Zambia"]
