"""The kinds of records that commands check or enter in lines, as their services declare them."""

from collections.abc import Iterator
from typing import Any

from deploy.state.errors import WrongUsage
from services import SERVICES
from shared.records.store import RecordStore
from shared.suggestions import unknown

Store = type[RecordStore[Any]]


def store_of_kind(name: str, how: str) -> Store:
    """Return the store of a kind that has the routes of lines, such as `vehicle`. Raises WrongUsage."""
    stores = {store.model.record_kind(): store for store in _stores(how)}
    if name not in stores:
        raise WrongUsage(f"no kind of record is called {unknown(name, [*stores])}")
    return stores[name]


def _stores(how: str) -> Iterator[Store]:
    for service in SERVICES:
        # The routes declare it.
        _ = service.create_app
        yield from service.metadata.info.get(how, ())
