"""The English texts of the API that the console shows in other languages: hints of forms, and what the services say.

A hint is what the document says of a field of a form. What services say is read from their code: each literal text of
the modules of `_SPEAKING`, and those of the errors that the modules of `_RAISING` raise, sentence by sentence, with
`{0}` in place of the first value in it.
"""

import ast
import builtins
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, product
from pathlib import Path
from typing import Any, Final, TypeGuard

import gateway
from gateway.console.kinds import KINDS
from gateway.console.records.forms import releases
from gateway.console.records.forms.actions import ACTIONS
from gateway.console.records.forms.fields import Field
from gateway.console.records.forms.operations import JSON, Operations
from gateway.console.records.forms.showing import plain_hint
from gateway.console.records.forms.targets import RECORD_ID
from gateway.console.sentences import sentences_in
from gateway.console.traces import forms as traces
from gateway.console.words import code_in_words
from gateway.hits.rules import ordinal
from services.cultural_property.vocabulary.materials import MATERIALS, TECHNIQUES
from services.cultural_property.vocabulary.types import SUBTYPES, TYPES
from services.notices.screening.provisions import PROVISIONS
from services.stolen_vehicles.vocabulary.colours import COLOUR_NAMES
from shared.patterns import words_of
from shared.protocol.payloads import MAX_REQUESTS

_PROJECT: Final = Path(gateway.__file__).parent.parent
_SPEAKING: Final = (
    "gateway/hits/transitions.py",
    "gateway/messages/releases.py",
    "gateway/standing/worker.py",
    "gateway/subject_requests/rules.py",
    "gateway/traces/transitions.py",
    "services/notices/criteria/*.py",
    "services/notices/offences.py",
    "services/notices/persons/requirements.py",
    "services/notices/persons/screening.py",
    "services/notices/screening/acts.py",
    "services/notices/screening/particulars.py",
    "services/notices/screening/*patterns.py",
    "services/**/query_warnings.py",
    "services/**/entry_warnings.py",
    "services/stolen_vehicles/vin.py",
    "shared/audit/verify/checkpoints.py",
    "shared/audit/verify/leaf_proof.py",
    "shared/audit/verify/signatures.py",
    "shared/codes/code_list.py",
    "shared/codes/word_list.py",
    "shared/mailbox/rules.py",
    "shared/records/hits/notifier.py",
    "shared/records/publications/rules.py",
    "shared/records/recalls.py",
    "shared/records/record_reads.py",
    "shared/records/references.py",
    "shared/records/retention.py",
    "shared/records/review_messages.py",
    "shared/records/search/query_warnings.py",
    "shared/rights.py",
    "shared/suggestions.py",
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
    "shared/images/photograph_files.py",
    "shared/records/policy.py",
    "shared/records/search/number_ranges.py",
)
# Of these the errors alone that they raise are shown.
_RAISING: Final = (
    "gateway/audit/operations.py",
    "gateway/checks/operations.py",
    "gateway/console/network/pages.py",
    "gateway/console/prints/*.py",
    "gateway/console/records/forms/targets.py",
    "gateway/console/sent_forms.py",
    "gateway/console/turns.py",
    "gateway/edge/access.py",
    "gateway/edge/service_proxy.py",
    "gateway/hits/operations.py",
    "gateway/hits/rules.py",
    "gateway/messages/group_routes.py",
    "gateway/messages/quote_rules.py",
    "gateway/messages/re*.py",
    "gateway/messages/s*.py",
    "gateway/subject_requests/operations.py",
    "gateway/subject_requests/record_client.py",
    "gateway/traces/firearm.py",
    "gateway/traces/operations.py",
    "gateway/traces/rules.py",
    "services/**/rules.py",
    "services/**/store.py",
    "services/cultural_property/likeness/reader.py",
    "services/fingerprints/current_gallery.py",
    "services/fingerprints/image*.py",
    "services/fingerprints/prints.py",
    "services/notices/lifecycle.py",
    "services/notices/officers.py",
    "services/notices/persons/same_person.py",
    "services/notices/readers.py",
    "services/notices/review/queue.py",
    "services/notices/updates.py",
    "shared/audit/reader.py",
    "shared/images/*_files.py",
    "shared/images/photographs.py",
    "shared/mailbox/mailbox.py",
    "shared/records/*.py",
    "shared/records/photographs/rules.py",
    "shared/records/search/sought_images.py",
    "shared/records/search/subscriptions/*.py",
    "shared/rights.py",
    "shared/rpc/bridge.py",
    "shared/rpc/client.py",
    "shared/web/routing.py",
)
_PERSONAL_DATA: Final = "shared/personal_data.py"
_ADVISING: Final = ("gateway/traces/*.py", "services/**/rules.py", "shared/records/screening/queue.py")
# What is for programs, or for the documents of the API.
_OTHER_ARGUMENTS: Final = frozenset({"description", "examples", "title"})
# The details of refusals, and what the documents say of warnings.
_OTHER_CALLS: Final = frozenset({"FileIncomplete", "Incomplete", "WarningKind"})
_OF_PROGRAMS: Final = re.compile(
    r"[\\\n]|^\w+_type |\bheader\b|Content-|HTTP|\b(?:GET|POST) /|boundary|percent-encoded|i247 |--\w"
)
# Babel writes months, and a page names the field.
_WRITTEN_OTHERWISE: Final = frozenset({"{0} month", "{0} months", "the {0} {1}"})
_PLACE: Final = re.compile(r"\{\w+\}")
_ARTICLE: Final = re.compile(r"^RPD article \S+$")


def warning_codes() -> Iterator[str]:
    """Yield the codes of warnings that services declare."""
    for root in ("services", "shared"):
        for file in sorted(_PROJECT.glob(f"{root}/**/*warnings.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Name(id="WarningKind") | ast.Attribute(attr="WarningKind"),
                        args=[ast.Constant(value=str(code)), *_],
                    ):
                        yield code


def listed_words() -> Iterator[str]:
    """Yield the English of words of lists that records are kept with: colours and types of works of art."""
    shades = tuple(" ".join(each) for each in product(("dark", "light"), COLOUR_NAMES.names))
    lists = {
        "colour": (*COLOUR_NAMES.names, *shades),
        "type": TYPES,
        "subtype": SUBTYPES,
        "materials": MATERIALS,
        "techniques": TECHNIQUES,
    }
    yield from (code_in_words(word, field) for field, words in lists.items() for word in words)


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
    yield from (("post", path) for path in (*traces.FORMS, releases.SOURCE))


def _hints_of(field: Field) -> Iterator[str]:
    yield field.hint
    for each in (*field.members, *field.variants.values()):
        yield from _hints_of(each)


def rules(document: Any) -> Iterator[str]:
    """Yield what services say of notices, files, searches and values, and the subjects of their messages."""
    yield from _said_by(_SPEAKING)
    yield from (each for each in _said_by(_REFUSING) if not each[0].isupper())
    yield from _said_by(_RAISING, _raised_in)
    yield from _said_by((_PERSONAL_DATA,), _returned_in)
    yield from _said_by(_ADVISING, _advice_in)
    yield from map(ordinal, range(1, MAX_REQUESTS + 1))
    yield from (about for numbers in PROVISIONS.values() for about in numbers.values())
    yield from _patterns_in(document)


def _said_by(modules: Iterable[str], said_in: Callable[[ast.AST], Iterator[str]] | None = None) -> Iterator[str]:
    for pattern in modules:
        for file in sorted(_PROJECT.glob(pattern)):
            yield from (said_in or _said_in)(ast.parse(file.read_text(encoding="utf-8")))


def _raised_in(module: ast.AST) -> Iterator[str]:
    """Yield the texts for people of the errors of the project that a module raises, also by a name for the text."""
    nodes = list(ast.walk(module))
    raised = [node.exc for node in nodes if isinstance(node, ast.Raise) and _is_of_project(node.exc)]
    named = {each.id for error in raised for each in ast.walk(error) if isinstance(each, ast.Name)}
    for error in raised:
        yield from _said_in(error)
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=text) if name in named:
                yield from _said_in(text)


def _returned_in(module: ast.AST) -> Iterator[str]:
    """Yield the texts that the functions of a module return, and those of its faults."""
    for node in ast.walk(module):
        match node:
            case ast.Return(value=ast.expr() as said) | ast.Call(func=ast.Name(id="fault"), args=[_, said]):
                yield from _said_in(said)


def _advice_in(module: ast.AST) -> Iterator[str]:
    """Yield what a module says to write in place of personal data, also by a name for the text."""
    advice = [node.args[1] for node in ast.walk(module) if _advises(node)]
    named = {each.id for each in advice if isinstance(each, ast.Name)}
    for text in advice:
        yield from _said_in(text)
    for node in ast.walk(module):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=text) if name in named:
                yield from _said_in(text)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as text) if name in named:
                yield from _said_in(text)


def _advises(node: ast.AST) -> TypeGuard[ast.Call]:
    match node:
        case ast.Call(func=ast.Name(id="require_no_personal_data"), args=[_, _, *_]):
            return True
    return False


def _is_of_project(error: ast.expr | None) -> TypeGuard[ast.Call]:
    match error:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return not hasattr(builtins, name)
    return False


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
            for each in map(_numbered, sentences_in(_text_of(node))):
                if _is_said(each):
                    yield _ARTICLE.sub("RPD article {0}", each)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _said_in(child)


def _text_of(literal: ast.Constant | ast.JoinedStr) -> str:
    """Return a text with its places, of a literal that may be formatted at once or later."""
    parts = literal.values if isinstance(literal, ast.JoinedStr) else [literal]
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{at}" for each in parts)


def _numbered(sentence: str) -> str:
    numbers = count()
    return _PLACE.sub(lambda _: f"{{{next(numbers)}}}", sentence)


def _is_said(text: str) -> bool:
    words = _PLACE.sub("", text).split()
    is_of_people = any(each.strip(":,;.").isalpha() and each.islower() for each in words)
    is_shown = is_of_people and text not in _WRITTEN_OTHERWISE and not _OF_PROGRAMS.search(text)
    return is_shown and " " in text and text == text.strip()
