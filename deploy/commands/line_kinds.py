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
    known = list[str]()
    for kind, store in _stores(name, how):
        if kind == name:
            return store
        known.append(kind)
    raise WrongUsage(f"no kind of record is called {unknown(name, sorted(known))}")


def _stores(name: str, how: str) -> Iterator[tuple[str, Store]]:
    """Yield kinds with their stores, first those of a service named after the kind: to import one takes a second."""
    for service in sorted(SERVICES, key=lambda service: name not in service.name):
        # The routes declare it.
        _ = service.create_app
        for store in service.metadata.info.get(how, ()):
            yield store.model.record_kind(), store
