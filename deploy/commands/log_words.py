"""Says what a line of a log says, in words."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

from deploy.commands.log_files import LogLine
from services import SERVICES
from shared.errors import REFUSALS

# What is said of every line in its own place.
_ELSEWHERE: Final = frozenset({"at", "level", "part", "event"})
MARKS: Final = {"warning": "! ", "error": "!! "}


def words_of(line: LogLine) -> str:
    """Return a line with the time, the process and what happened."""
    values = line.values
    said = _request(values) if _is_of_officer(values) else values.get("text") or _event(values)
    return f"{line.at:%H:%M:%S}.{line.at.microsecond // 1000:03}  {values.get('part', ''):16} {said}"


def _is_of_officer(values: Mapping[str, Any]) -> bool:
    return values.get("event") == "request" and "officer" in values


def _request(values: Mapping[str, Any]) -> str:
    """Return who asked what of which service for which purpose, the status, the milliseconds, and what was wrong."""
    who = f"{values.get('bureau')} {values['officer']}"
    what = f"{values.get('method')} {values.get('service')}"
    purpose = f" for {values['purpose']}" if "purpose" in values else ""
    took = f"{values.get('status', 'no answer')}  {values.get('milliseconds', 0):.0f} ms"
    return f"{who:24} {what:26} {took}{purpose}{_problem(values)}{_id(values)}"


def _problem(values: Mapping[str, Any]) -> str:
    code = values.get("code")
    if not isinstance(code, str):
        return ""
    title = _titles().get(code)
    return f"  {code}: {title}" if title else f"  {code}"


def _id(values: Mapping[str, Any]) -> str:
    return f"  [{values['id']}]" if "id" in values else ""


def _event(values: Mapping[str, Any]) -> str:
    event = str(values.get("event", "")).replace("-", " ")
    rest = {name: value for name, value in values.items() if name not in _ELSEWHERE and value is not None}
    code = rest.pop("code", None)
    said = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in rest.items())
    mark = MARKS.get(str(values.get("level")), "")
    return f"{mark}{event}{': ' if said else ''}{said}{_problem({'code': code})}"


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@cache
def _titles() -> Mapping[str, str]:
    """Return the title of each problem code; they are defined where they are raised, so that all is imported here."""
    import_module("gateway.app")
    for service in SERVICES:
        import_module(f"{service.package}.app")
    return {code: refusal.title for code, refusal in REFUSALS.items()}
