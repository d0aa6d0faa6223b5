"""What a client of the public notices API asks for. Empty values count as absent, unknown names are ignored.

Nothing is ever refused: a number that is none is absent, one out of bounds becomes the nearest, and a filter that no
notice can meet finds nothing.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from shared.codes import lists
from shared.codes.code_list import CodeList

DEFAULT_PER_PAGE: Final = 20
MOST_PER_PAGE: Final = 160
MAX_PAGE: Final = 1000
MAX_AGE: Final = 999
# More pairs than all parameters have, so that no request is costly to read.
_MAX_PAIRS: Final = 100
_LONGEST: Final = 500
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,40}")

# In the order in which links name them, each with what the notices service calls it.
_NAMES: Final = {"name": "name", "forename": "forename"}
_PERSON: Final = {
    **_NAMES,
    "nationality": "nationality",
    "freeText": "free_text",
    "ageMin": "age_min",
    "ageMax": "age_max",
    "sexId": "sex",
}
FILTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "red": {**_PERSON, "arrestWarrantCountryId": "warrant_country"},
    "yellow": _PERSON,
    "un": {"name": "name", "unReference": "un_reference", "unResolution": "un_resolution"},
}
_AGES: Final = frozenset({"ageMin", "ageMax"})
_CODES: Final[Mapping[str, CodeList]] = {"nationality": lists.NATIONALITY, "arrestWarrantCountryId": lists.COUNTRY}


class Asked(NamedTuple):
    """The page and the filters that a client asked for, by the names of the public API."""

    page: int
    per_page: int
    filters: Mapping[str, str | int]

    def echoed(self, page: int) -> dict[str, str | int]:
        """Return the member `query` of the answer, which shows a page."""
        return {"page": page, "resultPerPage": self.per_page, **self.filters}

    def link(self, page: int) -> str:
        """Return the query of a link to a page; without filters literally as `&resultPerPage=20&page=1`."""
        given = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in self.filters.items())
        return f"{given}&resultPerPage={self.per_page}&page={page}"

    def for_service(self, kind: str, names: Mapping[str, str]) -> str | None:
        """Return the query to the notices service, None if no notice can meet it."""
        if not all(_can_be_met(name, value) for name, value in self.filters.items()):
            return None
        filters = {names[name]: _as_stored(name, value) for name, value in self.filters.items()}
        return urlencode({"kind": kind, "page": self.page, "limit": self.per_page, **filters})


def read_query(query: bytes, names: Mapping[str, str]) -> Asked:
    """Return what a query string asks of a list with these filters; of a repeated name the first value."""
    given = _first_values(query)
    page = _number(given.get("page"), 1, MAX_PAGE)
    per_page = _number(given.get("resultPerPage"), 1, MOST_PER_PAGE)
    filters: dict[str, str | int] = {}
    for name in names:
        value: str | int | None = given.get(name)
        if name in _AGES:
            value = _number(given.get(name), 0, MAX_AGE)
        if value is not None:
            filters[name] = value
    return Asked(page or 1, per_page or DEFAULT_PER_PAGE, filters)


def _first_values(query: bytes) -> dict[str, str]:
    some = b"&".join(query.split(b"&")[:_MAX_PAIRS]).decode("utf-8", "replace")
    pairs = parse_qsl(some, keep_blank_values=False, errors="replace")
    return {name: value.strip() for name, value in reversed(pairs) if value.strip()}


def _number(text: str | None, least: int, most: int) -> int | None:
    if text is None or not _WHOLE.fullmatch(text):
        return None
    return min(max(int(text), least), most)


def _can_be_met(name: str, value: str | int) -> bool:
    if isinstance(value, int):
        return True
    if name == "sexId":
        return value.upper() in {"M", "F", "U"}
    if name in _CODES:
        return value.upper() in _CODES[name].codes
    return len(value) <= _LONGEST and "\0" not in value


def _as_stored(name: str, value: str | int) -> str | int:
    is_code = name == "sexId" or name in _CODES
    return value.upper() if is_code and isinstance(value, str) else value
