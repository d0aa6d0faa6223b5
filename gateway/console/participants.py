"""Participants by the names that officers type: the code, or the name in any language of the console."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from gateway.console.countries import country_named
from gateway.console.letters import LONGEST_NAME, letters_of
from gateway.console.texts import LANGUAGES, texts_of
from shared.bureaus import MEMBERS, OFFICES, PARTNERS, is_participant
from shared.codes.countries import ALPHA_2_OF

# As fields suggest a code: `France (FR)`.
_IN_BRACKETS: Final = re.compile(r"(.*)\(([^()]+)\)", re.DOTALL)


def code_named(text: str) -> str | None:
    """Return the code of the participant that a text names; None if it names none, or two."""
    stated = text.strip()
    if len(stated) > LONGEST_NAME:
        return None
    whole, suggested = _code_of(stated), _IN_BRACKETS.fullmatch(stated)
    if whole is not None or suggested is None:
        return whole
    code = _code_of(suggested[2])
    return code if not suggested[1].strip() or _code_of(suggested[1]) == code else None


def _code_of(stated: str) -> str | None:
    code = stated.strip().upper() if stated.isascii() else ""
    if is_participant(code):
        return code
    country = country_named(stated) or ALPHA_2_OF.get(code)
    return country if country in MEMBERS else _codes_by_name().get(letters_of(stated))


@cache
def _codes_by_name() -> Mapping[str, str]:
    languages = [texts_of(language) for language in LANGUAGES]
    return {letters_of(texts.bureau(code)): code for texts in languages for code in (*PARTNERS, *OFFICES)}
