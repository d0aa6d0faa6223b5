"""Participants by the names that officers type: the code, or the name in any language of the console."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from gateway.console.letters import without_accents
from gateway.console.texts import LANGUAGES, texts_of
from shared.bureaus import MEMBERS, OFFICES, PARTNERS, is_participant
from shared.codes.countries import ALPHA_2_OF

# As fields suggest a code: `France (FR)`.
_IN_BRACKETS: Final = re.compile(r".*\(([^()]+)\)", re.DOTALL)


def code_named(text: str) -> str | None:
    """Return the code of the participant that a text names; None if it names none."""
    stated = text.strip()
    bracketed = _IN_BRACKETS.fullmatch(stated)
    code = (bracketed[1] if bracketed else stated).strip().upper()
    if is_participant(code):
        return code
    return _codes_by_name().get(_plain(stated)) or _member_of(code)


def _member_of(letters: str) -> str | None:
    """Return the member with a code of three letters."""
    code = ALPHA_2_OF.get(letters)
    return code if code in MEMBERS else None


@cache
def _codes_by_name() -> Mapping[str, str]:
    languages = [texts_of(language) for language in LANGUAGES]
    return {_plain(texts.bureau(code)): code for texts in languages for code in (*PARTNERS, *OFFICES, *MEMBERS)}


def _plain(name: str) -> str:
    """Return a name without what people leave out when they type it: accents, marks and capitals."""
    return " ".join(re.sub(r"\W+", " ", without_accents(name)).split())
