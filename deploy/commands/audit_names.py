"""The names that occur in the audit logs of services, by which files of assertions are checked."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from fastapi.routing import APIRoute

from shared.audit import new_log
from shared.audit.disclosure_router import NOT_AUDITED
from shared.audit.format.assertions import NamesInLog
from shared.clock import SystemClock
from shared.records import publisher, retention
from shared.records.search import matching
from shared.service import Context, Service

# What services do by themselves, and operators, is in the log of each.
_WITHOUT_ROUTE: Final = frozenset({new_log.OPERATION, publisher.OPERATION, retention.EXPIRE, matching.OPERATION})
# Every kind of record has the operation that restricts one, named after it.
_RESTRICT: Final = "restrict_"


def names_in_logs(services: Iterable[Service]) -> Mapping[str, NamesInLog]:
    """Return the names in the log of each service, without its store."""
    return {service.name: _names_in_log(service) for service in services}


def _names_in_log(service: Service) -> NamesInLog:
    operations = frozenset(_operations(service))
    kinds = {each.removeprefix(_RESTRICT).replace("_", "-") for each in operations if each.startswith(_RESTRICT)}
    return NamesInLog(operations | _WITHOUT_ROUTE, frozenset(kinds))


def _operations(service: Service) -> Iterator[str]:
    for route in service.create_app(Context(None, SystemClock())).routes:
        if isinstance(route, APIRoute) and route.include_in_schema and not getattr(route.endpoint, NOT_AUDITED, False):
            yield route.name
