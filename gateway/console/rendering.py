"""Makes pages of Jinja2 templates. Everything that is not a template is text: it is escaped wherever it stands."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from gateway.console import filters
from gateway.console.compression import as_page
from gateway.console.texts import LANGUAGES, Texts, texts_of

SHOWN_PURPOSE: Final = "_purpose"
SHOWN_OFFICER: Final = "_officer"
"""The field of a form with the purpose that its page shows."""

_HERE: Final = Path(__file__).parent
FILES: Final = _HERE / "static"
# A sign after a value or an element of a template; texts to translate have their own.
_SIGN: Final = re.compile(
    r"(?P<text>\{%-? *trans\b.*?endtrans *-?%\})|(?P<before>[}%]\}|</(?:a|bdi|code|span|strong)>)(?P<sign>[:,])(?=\s)",
    re.DOTALL,
)


class _Signs(Extension):
    """Writes the signs that a template has between values as a language does."""

    written: ClassVar[Mapping[str, str]]

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the text of a template with the signs that it has itself in the language."""
        return _SIGN.sub(
            lambda found: found["text"] or found["before"] + self.written.get(found["sign"], found["sign"]), source
        )


class _FrenchSigns(_Signs):
    """Puts a no-break space before a colon."""

    written: ClassVar[Mapping[str, str]] = {":": "\N{NO-BREAK SPACE}:"}


class _ArabicSigns(_Signs):
    """Writes the comma of Arabic."""

    written: ClassVar[Mapping[str, str]] = {",": "\N{ARABIC COMMA}"}


_SIGNS_OF: Final[Mapping[str, type[_Signs]]] = {"fr": _FrenchSigns, "ar": _ArabicSigns}


# The forms of pages for officers: those of the session itself choose a purpose, or need none.
_FORM: Final = re.compile(r"<form\b(?:\{\{.*?\}\}|\{%.*?%\}|[^>{])*?>", re.DOTALL)
_OF_NOBODY: Final = ('action="/language"', 'action="/sign-in"')
_OF_SESSION: Final = ('action="/purpose"', 'action="/sign-out"')


class _Shown(Extension):
    """Lets each form that changes something state whose page it is on, and for which purpose: see `Page.of_shown`."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Return the text of a template with a field in each such form."""
        return _FORM.sub(lambda found: found[0] + _fields_in(found[0]), source)


def _fields_in(form: str) -> str:
    """Return the part of a template that makes the fields of a form: those of a session state no purpose."""
    if 'method="post"' not in form or any(each in form for each in _OF_NOBODY):
        return ""
    return _OFFICER if any(each in form for each in _OF_SESSION) else _OFFICER + _PURPOSE


_OFFICER: Final = "{{ officer_of(page) if page is defined and page else '' }}"
_PURPOSE: Final = "{{ purpose_of(page) if page is defined and page else '' }}"
_FIELD: Final = Markup('<input type="hidden" name="{}" value="{}">')


def _officer_of(page: Any) -> Markup:
    """Return the field in which a form states whose page it is."""
    return _FIELD.format(SHOWN_OFFICER, page.who)


def _purpose_of(page: Any) -> Markup:
    """Return the field in which a form states the purpose that its page shows."""
    return _FIELD.format(SHOWN_PURPOSE, page.shown_purpose)


@cache
def environment_of(language: str) -> Environment:
    """Return what makes pages in a language."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[
            "jinja2.ext.i18n",
            "jinja2.ext.do",
            _Shown,
            *([_SIGNS_OF[language]] if language in _SIGNS_OF else []),
        ],
    )
    # As the texts are in the catalogues: without the breaks of their lines.
    made.policies["ext.i18n.trimmed"] = True
    texts = texts_of(language)
    made.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True, pgettext=texts.pgettext)  # type: ignore[attr-defined]
    made.globals.update(
        languages=LANGUAGES, file=file_url, _=_said_in(texts), officer_of=_officer_of, purpose_of=_purpose_of
    )
    made.filters.update(filters.of(texts))
    return made


def _said_in(texts: Texts) -> Callable[..., str]:
    """Return the function `_` of templates, which translates. What it returns without values is text, not markup.

    That of Jinja2 takes every text for markup, also one that came from elsewhere.
    """

    def said(text: str, **values: Any) -> str:
        translated = texts.gettext(text)
        return Markup(translated) % values if values else translated  # noqa: S704 - values are escaped

    return said


def render(template: str, request: Request, texts: Texts, status: int = 200, **values: Any) -> Response:
    """Return a page of a template, with the headers of every page."""
    made = environment_of(texts.language).get_template(template)
    return as_page(made.render(request=request, texts=texts, **values), request, status)


def render_text(template: str, texts: Texts, **values: Any) -> str:
    """Return a part of a page as text, as for an event of a stream."""
    return environment_of(texts.language).get_template(template).render(texts=texts, **values)


@cache
def file_url(name: str) -> str:
    """Return the address of a file of the console, which changes with its content, as browsers keep it."""
    return f"/files/{digest_of(name)}/{name}"


@cache
def digest_of(name: str) -> str:
    """Return the digest of a file in its address."""
    return hashlib.sha256((FILES / name).read_bytes()).hexdigest()[:12]
