"""Says in plain words, and with JSON pointers, what pydantic found wrong with a request.

A mistake is one error. The input is not repeated: it may be personal data, and problems may be logged.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, cast

from pydantic_core import PydanticCustomError

from shared.errors import SHOWN_FAULTS, Invalid, Place, fault, in_one_line
from shared.patterns import words_of
from shared.suggestions import nearest

SHOWN_OF_A_NAME: Final = 60

# A type of error that pydantic gives, and what the value must be; braces stand for what the error says of it.
_WORDS: Final = {
    "missing": "is required",
    "extra_forbidden": "is not known here: leave it out",
    "string_type": "must be a text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "finite_number": "must be a finite number",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "union_tag_invalid": "must be {expected_tags}",
    "union_tag_not_found": "is required",
    "timezone_aware": "must be a time with its zone, such as 2026-06-01T12:00:00Z",
} | {
    kind: words
    for kinds, words in (
        ("int_type int_parsing int_parsing_size int_from_float", "must be a whole number"),
        ("float_type float_parsing", "must be a number"),
        ("bool_type bool_parsing", "must be true or false"),
        ("list_type tuple_type set_type frozen_set_type", "must be a list"),
        ("dict_type model_type model_attributes_type", "must be an object"),
        ("bytes_type bytes_invalid_encoding", "must be a text in base64"),
    )
    for kind in kinds.split()
}
_ONE: Final = {
    "must have at least 1 characters": "must have at least 1 character",
    "must have at least 1 entries": "must have at least 1 entry",
}
_UNKNOWN_PATTERN: Final = "has a character or a form that is not allowed here"
# The member that selects a schema, which pydantic quotes; a function it does not.
_MEMBER: Final = re.compile("'(.*)'")
# A value, which pydantic quotes, and an enumeration's within angle brackets after its name.
_QUOTED: Final = re.compile(r"(?:<[\w.]+: )?'([^']*)'>?")
_AT: Final = "at"
UNKNOWN_NAME: Final = "extra_forbidden"
_OF_A_VALUE: Final = ("is ", "must ", "has ")

Found = Mapping[str, Any]


class Known(Protocol):
    """The names that a request may have."""

    def at(self, place: Place, steps: Sequence[int | str]) -> Collection[str]:
        """Return those of a place, of the object in it to which the steps lead."""
        ...


def wrong(pointer: str, detail: str) -> PydanticCustomError:
    """Return the error for a validator of a model to raise, at a member by its pointer, such as `/plate`."""
    return PydanticCustomError("rule", "{detail}", {_AT: pointer, "detail": detail})


def invalid(
    found: Sequence[Found],
    sent: Any = None,
    *,
    place: Place | None = None,
    known: Known | None = None,
    shown: int = SHOWN_FAULTS,
) -> Invalid:
    """Return the refusal for the errors that pydantic found; of a name that is not known, the nearest in `known`.

    At most so many are `shown`. The location of each begins with its place, such as `body`, unless `place` is given.
    `sent` is what was validated: without it, a pointer may have the name of a schema that was chosen among several.
    """
    own = [each for each in found if not _follows_from_another(each)]
    # A request may have any number of them, and each takes time.
    errors = [_fault(each, place, sent, known) for each in own[:shown]]
    return Invalid(in_one_line(errors, len(own)), errors=errors)


def pointer_to(steps: Sequence[int | str]) -> str:
    """Return the JSON pointer (RFC 6901) of names and positions; a long name is cut."""
    return "".join(f"/{_escaped(str(step)[:SHOWN_OF_A_NAME])}" for step in steps)


def _escaped(name: str) -> str:
    # The name of a superfluous member may be anything.
    return name.replace("~", "~0").replace("/", "~1").encode(errors="replace").decode()


def _fault(found: Found, place: Place | None, sent: Any, known: Known | None) -> dict[str, str]:
    where, *steps = found["loc"] if place is None else (place, *found["loc"])
    if where == "body" and isinstance(sent, dict | list):
        steps = _sent_steps(steps, sent, found)
    pointer, words = pointer_to(steps) + _within(found), words_for(found)
    if found["type"] == UNKNOWN_NAME and known is not None:
        words = _with_nearest(str(steps[-1]), known.at(where, steps[:-1]), words)
    if not pointer and place is None and words.startswith(_OF_A_VALUE):
        # No pointer says what it is about.
        words = f"the {where} {words}"
    return fault(pointer, words, cast("Place", where))


def _with_nearest(name: str, known: Collection[str], otherwise: str) -> str:
    near = nearest(name, known)
    return otherwise if near is None else f"is not known here: did you mean {near}?"


def _follows_from_another(found: Found) -> bool:
    """Return whether a list is too short only because entries of it are wrong."""
    given = found.get("input")
    return found["type"] == "too_short" and isinstance(given, list | tuple) and len(given) >= found["ctx"]["min_length"]


def _sent_steps(steps: Sequence[int | str], sent: Any, found: Found) -> Sequence[int | str]:
    """Return the steps to a wrong value in what was sent, without the names of schemas that were chosen."""
    if found["type"] == "missing":
        # What lacks the member is the input.
        return [*_sent_steps(steps[:-1], sent, {**found, "type": ""}), steps[-1]] if steps else steps
    ways = list(_ways(steps, sent))
    return next((way for way, end in ways if end == found.get("input")), ways[0][0] if ways else steps)


def _ways(steps: Sequence[int | str], sent: Any) -> Iterator[tuple[Sequence[int | str], Any]]:
    """Yield the ways into a value that take these steps, or leave names out, each with the value where it ends."""
    if not steps:
        yield (), sent
        return
    step, *others = steps
    if _has(sent, step):
        yield from (((step, *way), end) for way, end in _ways(others, sent[step]))
    if isinstance(step, str):
        yield from _ways(others, sent)


def _has(sent: Any, step: int | str) -> bool:
    if isinstance(sent, list):
        return isinstance(step, int) and 0 <= step < len(sent)
    return isinstance(sent, dict) and step in sent


def _within(found: Found) -> str:
    """Return the pointer that an error adds to its location."""
    context = found.get("ctx", {})
    if found["type"].startswith("union_tag_"):
        member = _MEMBER.fullmatch(context["discriminator"])
        return pointer_to(member.groups()) if member else ""
    return str(context.get(_AT, ""))


def words_for(found: Found) -> str:
    """Return what pydantic found wrong, in words."""
    kind, context = found["type"], found.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return words_of(context["pattern"]) or _UNKNOWN_PATTERN
    if kind == "union_tag_not_found":
        return _without_tag(found)
    if kind not in _WORDS:
        return str(found["msg"]).removeprefix("Value error, ")
    words = _WORDS[kind].format_map({name: _QUOTED.sub(r"\1", str(value)) for name, value in context.items()})
    return _singular(words)


def _without_tag(found: Found) -> str:
    """Return what is wrong where the member is missing that selects a schema, and which was meant to be it."""
    (member,) = pointed.groups() if (pointed := _MEMBER.fullmatch(found["ctx"]["discriminator"])) else ("",)
    given = found.get("input")
    meant = nearest(member, [each for each in given if isinstance(each, str)]) if isinstance(given, dict) else None
    return "is required" if meant is None or meant == member else f"is required: {meant} is not known here"


def _singular(words: str) -> str:
    return _ONE.get(words, words)
