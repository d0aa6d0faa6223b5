"""The catalogues of the console's languages: every text of its templates and modules, and its translation if known.

A new text comes in without a translation, and one that is not used any more goes out. The words of the API are those
of its document: the names of fields, with the context `field`, and the values of enumerations, with the context `code`.
So are the words of lists that services keep, and the codes of their warnings. States that are no more have `country`.
The hints of its forms have the context `hint`, and what the services say the context `rule`: see `api_texts`.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import gateway.console
from deploy.generated.api_texts import hints, listed_words, rules, warning_codes
from gateway.console.records.forms.arrangement import ONE
from gateway.console.records.selections import EXTRACTS, SELECTIONS, STATEMENTS
from gateway.console.search.pages import GROUPS
from gateway.console.sentences import CONTEXT
from gateway.console.texts import DEFAULT, FOLDER, LANGUAGES, WITHOUT_LETTERS
from gateway.console.words import code_in_words, field_in_words, known_codes
from shared.bureaus import OFFICES, PARTNERS

_CONSOLE: Final = Path(gateway.console.__file__).parent
_METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_EXTENSIONS: Final = "jinja2.ext.i18n,jinja2.ext.do"
_OPTIONS: Final = {"templates/**.html": {"trimmed": "true", "silent": "false", "extensions": _EXTENSIONS}}
_KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
WIDTH: Final = 110
# Without times, so that the same texts make the same file.
_HEAD: Final = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {forms}\\n"

"""
# They are of programs, not of people.
_NOT_SHOWN: Final = frozenset(
    ("ProblemBody", "ProblemError", "RequestPart", "RevocationForm", "TokenAnswer", "TokenError", "TokenForm")
)


def catalogues(document: Mapping[str, Any], folder: Path = FOLDER) -> dict[Path, str]:
    """Return the text of the catalogue of each language but English, for the OpenAPI document of a gateway."""
    messages = {*_in_console(), *_in_document(document)}
    return {
        folder / f"{language}.po": _updated(folder / f"{language}.po", language, messages)
        for language in LANGUAGES
        if language != DEFAULT
    }


Message = tuple[str | tuple[str, ...], str | None]
"""A text, or its forms for one and for many, and its context."""


def _in_console() -> Iterator[Message]:
    for _, _, found, _, context in extract_from_dir(_CONSOLE, _METHODS, _OPTIONS, _KEYWORDS):
        yield tuple(found) if isinstance(found, tuple | list) else found, context


def _in_document(document: Mapping[str, Any]) -> Iterator[Message]:
    for name, schema in document["components"]["schemas"].items():
        if name not in _NOT_SHOWN:
            yield from _in_schema(schema)
    yield from ((text, "code") for text in known_codes())
    yield from ((code_in_words(text), "code") for text in warning_codes())
    yield from ((text, "code") for text in listed_words())
    yield from ((name, "country") for name in WITHOUT_LETTERS.values())
    yield from ((field_in_words(name), "field") for name in (*ONE.values(), *_asked_for()))
    yield from ((text, "hint") for text in hints(document))
    yield from ((text, CONTEXT) for text in rules(document))
    yield from ((name, "bureau") for name in (*OFFICES.values(), *PARTNERS.values()))


def _asked_for() -> Iterator[str]:
    """Yield the names of what searches and lists are asked for: parameters of the API, or names of the console."""
    yield "picture"
    for names in GROUPS:
        yield from names
    for selections in (*SELECTIONS.values(), EXTRACTS, STATEMENTS):
        yield from (each.name for each in selections)


def _in_schema(schema: Any) -> Iterator[Message]:
    if isinstance(schema, list):
        for part in schema:
            yield from _in_schema(part)
    elif isinstance(schema, dict):
        for value in (*schema.get("enum", ()), *((schema["const"],) if "const" in schema else ())):
            if isinstance(value, str) and not value.isdigit() and len(value) > 1:
                yield code_in_words(value), "code"
        properties = schema.get("properties", {})
        yield from ((field_in_words(name), "field") for name in properties)
        yield from (found for part in (*properties.values(), *_parts(schema)) for found in _in_schema(part))


def _parts(schema: Mapping[str, Any]) -> Iterator[Any]:
    for name in ("items", "anyOf", "oneOf", "allOf", "prefixItems", "additionalProperties"):
        if name in schema:
            yield schema[name]


def _updated(file: Path, language: str, messages: set[Message]) -> str:
    known = _read(file, language)
    made = Catalog(language, fuzzy=False)
    for text, context in sorted(messages, key=_place_of):
        found = known.get(text, context)
        made.add(text, found.string if found is not None else None, context=context)
    written = BytesIO()
    write_po(written, made, WIDTH, no_location=True, omit_header=True)
    return _HEAD.format(language=language, forms=made.plural_forms) + written.getvalue().decode()


def _place_of(message: Message) -> tuple[str, str]:
    text, context = message
    return context or "", text if isinstance(text, str) else text[0]


def _read(file: Path, language: str) -> Catalog:
    if not file.exists():
        return Catalog(language)
    with file.open("rb") as opened:
        return read_po(opened, language, ignore_obsolete=True)
