"""What a list is narrowed by, as it is typed: names of bureaus become codes, and what is wrong is said at its field.

A filter that the API refuses leaves the page as it is, without entries.
"""

from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

from gateway.console.in_process import ApiRefused
from gateway.console.page import Page
from gateway.console.participants import code_named
from gateway.console.records.selections import Selection

_INVALID: Final = 422
_OF_BUREAUS: Final = frozenset({"owner", "bureau"})

Asked = dict[str, str]
Faults = Mapping[str, str]
T = TypeVar("T")


def asked_for(page: Page, selections: tuple[Selection, ...]) -> Asked:
    """Return what the address of a page asks a list to be narrowed by, with codes of bureaus for their names."""
    stated = ((each.name, page.query.get(each.name, "").strip()) for each in selections)
    return {name: code_named(value) or value if name in _OF_BUREAUS else value for name, value in stated if value}


async def narrowed(listing: Awaitable[T], empty: T) -> tuple[T, Faults]:
    """Return a list, or an empty one with what is wrong with each filter. Raises ApiRefused of what is no filter."""
    try:
        return await listing, {}
    except ApiRefused as refused:
        faults = {
            each.get("pointer", "").lstrip("/"): each.get("detail", "")
            for each in refused.problem.errors
            if each.get("in") == "query"
        }
        if refused.status != _INVALID or not faults:
            raise
        return empty, faults
