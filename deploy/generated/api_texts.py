"""The English texts of the API that the console shows in other languages: hints of forms, and what the services say.

A hint is what the document says of a field of a form. What services say is read from their code: each literal text of
the modules of `_SPEAKING`, sentence by sentence, with `{0}` in place of the first value in it.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Final

import gateway
from gateway.console.kinds import KINDS
from gateway.console.records.forms.actions import ACTIONS
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.operations import JSON, Operations
from gateway.console.records.forms.showing import plain_hint
from gateway.console.records.forms.targets import RECORD_ID
from gateway.console.sentences import sentences_in
from gateway.hits.rules import ordinal
from services.notices.screening.provisions import PROVISIONS
from shared.patterns import words_of
from shared.protocol.payloads import MAX_REQUESTS

_PROJECT: Final = Path(gateway.__file__).parent.parent
_SPEAKING: Final = (
    "gateway/hits/transitions.py",
    "gateway/messages/releases.py",
    "services/notices/criteria/*.py",
    "services/notices/offences.py",
    "services/notices/persons/requirements.py",
    "services/notices/persons/screening.py",
    "services/notices/screening/acts.py",
    "services/notices/screening/particulars.py",
    "services/notices/screening/*patterns.py",
    "services/**/query_warnings.py",
    "services/**/entry_warnings.py",
    "shared/codes/code_list.py",
    "shared/mailbox/rules.py",
    "shared/records/hits/notifier.py",
    "shared/records/publications/rules.py",
    "shared/records/recalls.py",
    "shared/records/retention.py",
    "shared/records/review_messages.py",
    "shared/records/search/query_warnings.py",
    "shared/validation.py",
)
# What these modules say of a value begins with a small letter; the rest is for the documents of the API.
_REFUSING: Final = (
    "services/**/identifiers.py",
    "services/**/models.py",
    "services/**/queries.py",
    "services/cultural_property/measurements.py",
    "services/cultural_property/vocabulary/types.py",
    "services/cultural_property/words.py",
    "services/missing_persons/appearance.py",
    "services/notices/entries.py",
    "shared/dates.py",
    "shared/records/policy.py",
    "shared/records/search/number_ranges.py",
)
# What is for programs, or for the documents of the API.
_OTHER_ARGUMENTS: Final = frozenset({"description", "examples", "title"})
# The details of refusals, and what the documents say of warnings.
_OTHER_CALLS: Final = frozenset({"FileIncomplete", "Incomplete", "WarningKind"})
_OF_PROGRAMS: Final = re.compile(r"[\\\n]|^\w+_type ")
# Babel writes months, and a page names the field.
_WRITTEN_OTHERWISE: Final = frozenset({"{0} month", "{0} months", "the {0} {1}"})
_PLACE: Final = re.compile(r"\{\w+\}")
_ARTICLE: Final = re.compile(r"^RPD article \S+$")


def hints(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the hint of each field of the forms of a gateway, as a person reads it."""
    operations = Operations.of_json(json.dumps(document).encode())
    for method, path in _forms():
        if operations.takes(method, path, JSON):
            yield from filter(None, map(plain_hint, _hints_of(operations.form(method, path))))


def _forms() -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        yield from (("post", kind.path), ("put", f"{kind.path}/{RECORD_ID}"), ("post", f"{kind.path}/subscriptions"))
        yield from ((each.method, f"{kind.path}/{RECORD_ID}{each.below}") for each in ACTIONS if each.takes)


def _hints_of(field: Field) -> Iterator[str]:
    yield field.hint
    for each in (*field.members, *field.variants.values()):
        yield from _hints_of(each)


def rules(document: Any) -> Iterator[str]:
    """Yield what services say of notices, files, searches and values, and the subjects of their messages."""
    yield from _said_by(_SPEAKING)
    yield from (each for each in _said_by(_REFUSING) if not each[0].isupper())
    yield from map(ordinal, range(1, MAX_REQUESTS + 1))
    yield from (about for numbers in PROVISIONS.values() for about in numbers.values())
    yield from _patterns_in(document)


def _said_by(modules: Iterable[str]) -> Iterator[str]:
    for pattern in modules:
        for file in sorted(_PROJECT.glob(pattern)):
            yield from _said_in(ast.parse(file.read_text(encoding="utf-8")))


def _patterns_in(schema: Any) -> Iterator[str]:
    """Yield what is said of a value that does not fit the pattern of its field."""
    if isinstance(schema, dict):
        if isinstance(pattern := schema.get("pattern"), str) and (words := words_of(pattern)):
            yield words
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _patterns_in(each)


def _said_in(node: ast.AST) -> Iterator[str]:
    """Yield the texts for people in a part of a module: not its documentation, nor what is for programs."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _OTHER_CALLS:
            return
        case ast.keyword(arg=str(name)) if name in _OTHER_ARGUMENTS:
            return
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield from (
                _ARTICLE.sub("RPD article {0}", each) for each in sentences_in(_text_of(node)) if _is_said(each)
            )
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _said_in(child)


def _text_of(literal: ast.Constant | ast.JoinedStr) -> str:
    """Return a text with its places numbered, of a literal that may be formatted at once or later."""
    parts = literal.values if isinstance(literal, ast.JoinedStr) else [literal]
    numbers = count()
    whole = "".join(str(each.value) if isinstance(each, ast.Constant) else "{at}" for each in parts)
    return _PLACE.sub(lambda _: f"{{{next(numbers)}}}", whole)


def _is_said(text: str) -> bool:
    words = _PLACE.sub("", text).split()
    is_of_people = any(each.strip(":,;.").isalpha() and each.islower() for each in words)
    is_shown = is_of_people and text not in _WRITTEN_OTHERWISE and not _OF_PROGRAMS.search(text)
    return is_shown and " " in text and text == text.strip()
