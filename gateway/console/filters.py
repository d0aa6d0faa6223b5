"""The filters of templates: how values of the API are written. A filter that makes markup escapes what it is given."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from markupsafe import Markup

from gateway.console import problems
from gateway.console.texts import Texts

# The direction of the first character that has one: of these it is from right to left (UAX 9).
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


def of(texts: Texts) -> Mapping[str, Callable[..., Any]]:
    """Return the filters for a language."""
    return {
        "field": lambda name: _without_overrides(texts.field(name)),
        "code": lambda value: _without_overrides(texts.code(value)),
        "country": lambda code: _without_overrides(texts.country(code)),
        "bureau": texts.bureau,
        "spoken": texts.spoken,
        "number": texts.number,
        "percent": texts.percent,
        "listed": texts.listed,
        "day": lambda value: _without_overrides(texts.day(value)),
        "moment": lambda value: moment(texts, value),
        "isolate": isolate,
        "problem_title": lambda problem: problems.title_of(texts, problem),
        "problem_advice": lambda problem: problems.advice_of(texts, problem),
    }


def isolate(text: object) -> Markup:
    """Return a text of the API in the direction that it has itself, so that it cannot turn what stands around it."""
    return Markup("<bdi>{}</bdi>").format(_without_overrides(str(text)))


def moment(texts: Texts, value: str | None) -> Markup:
    """Return a time of the API, for people and for programs."""
    if not value:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(value, texts.moment(value))


def _without_overrides(text: str) -> str:
    """Return a text whose characters that change its direction are shown by their names: an attack may rest on them."""
    return "".join(
        f"[{unicodedata.name(each)}]" if unicodedata.bidirectional(each) in _OVERRIDES else each for each in text
    )


_OVERRIDES: Final = frozenset({"LRO", "RLO", "LRE", "RLE", "PDF", "LRI", "RLI", "FSI", "PDI"})


def is_right_to_left(text: str) -> bool:
    """Return whether a text begins from right to left."""
    strong = (unicodedata.bidirectional(each) for each in text)
    return next((each in _RIGHT_TO_LEFT for each in strong if each in {"L", *_RIGHT_TO_LEFT}), False)
