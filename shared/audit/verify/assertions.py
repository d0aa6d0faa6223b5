"""Decides assertions over audit logs: who did what for which purpose, and who did not. Pure; logs are verified before.

An act is counted once for each request. What an auditor could not read may hide another act, so that "never", "at most"
and what is not found are undecided then, for every auditor: what a service sent to a bureau, or found later on its
record, is in a leaf of another, and the maker of a pack may have left out texts. It CANNOT find what a service never
wrote down.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from math import inf
from typing import Final

import msgspec

from shared.audit.format.assertions import Act, Acts, Assertion, Assertions
from shared.audit.format.leaf import Leaf, decode
from shared.audit.format.proof_file import OpenedLeaf, OpenedRecord, read_line
from shared.bureaus import SECRETARIAT
from shared.disclosure import COPIED, FOUND_LATER, PUBLISHED, How
from shared.protocol.check_report import Finding, moment, short, undecided

MAX_NAMED: Final = 3
_ACTS: Final[dict[How, Act]] = {
    "search": "found",
    "near": "near",
    "list": "listed",
    "read": "read",
    "change": "changed",
    **dict.fromkeys(FOUND_LATER, "found-later"),
    PUBLISHED: "sent",
    COPIED: "copied",
}


class ReadAct(msgspec.Struct, frozen=True, gc=False):
    """One act in a log: a request, or what a request did with one record."""

    service: str
    index: int
    leaf: Leaf
    record: OpenedRecord | None


class ReadLog(msgspec.Struct, frozen=True):
    """What an auditor could read of the log of one service."""

    service: str
    acts: tuple[ReadAct, ...]
    unread: tuple[float, ...]
    """Of each leaf that could not be read, a time before which it was written, in seconds since 1970."""

    partly: tuple[float, ...]
    """Of each leaf that may have further records, or had some that were erased, its time."""


def read_log(service: str, lines: Iterable[bytes]) -> ReadLog:
    """Return the acts in the lines of a log, without its header. Raises ValueError."""
    acts, unread, partly, waiting = list[ReadAct](), list[float](), list[float](), 0
    for index, raw in enumerate(lines):
        line = read_line(raw)
        if line.leaf is None:
            waiting += 1
            continue
        leaf = decode(line.leaf.encode())
        unread += [leaf.at] * waiting
        waiting = 0
        opened = line.opened or OpenedLeaf()
        acts += [ReadAct(service, index, leaf, record) for record in (None, *opened.records)]
        if leaf.records is not None and (opened.complete is None or opened.forgotten or opened.omitted):
            partly.append(leaf.at)
    return ReadLog(service, tuple(acts), (*unread, *[inf] * waiting), tuple(partly))


def check(
    assertions: Assertions, logs: Sequence[ReadLog], auditor: str, services: Collection[str]
) -> Iterator[Finding]:
    """Yield the finding of each assertion, by what an auditor of a bureau could read; `services` are all that log."""
    absent = sorted(set(services) - {log.service for log in logs})
    for number, assertion in enumerate(assertions.assertions, 1):
        missing = absent if assertion.acts.service is None else ()
        yield _checked(f"assertion {number}", assertion, assertions.since, logs, missing, auditor)


def _checked(
    name: str,
    assertion: Assertion,
    since: datetime | None,
    logs: Sequence[ReadLog],
    missing: Sequence[str],
    auditor: str,
) -> Finding:
    acts = assertion.acts if assertion.acts.since or since is None else _since(assertion.acts, since)
    asked = [log for log in logs if acts.service in {None, log.service}]
    if not asked:
        return Finding(name, False, f"{_wording(assertion)}: there is no log of {short(str(acts.service))}")
    found = list(dict.fromkeys((act.service, act.index) for log in asked for act in log.acts if _fits(acts, act)))
    says = f"{_wording(assertion)}: {_found(found, asked)}{_never_named(acts, logs)}"
    if assertion.most is not None and len(found) > assertion.most:
        return Finding(name, False, says)
    is_enough = len(found) >= assertion.least
    if is_enough and assertion.most is None:
        return Finding(name, True, says)
    # There may be more than were found.
    if hidden := _hidden(acts, asked, missing):
        ask = "" if auditor == SECRETARIAT else f": ask as {SECRETARIAT}"
        return undecided(name, f"{says}; {hidden} that {auditor} could not read may be more{ask}")
    return Finding(name, is_enough, says)


def _since(acts: Acts, since: datetime) -> Acts:
    return msgspec.structs.replace(acts, since=since)


def _fits(acts: Acts, act: ReadAct) -> bool:
    leaf, record = act.leaf, act.record
    if acts.is_about_records is (record is None):
        return False
    reader = leaf.bureau if record is None or record.reader is None else record.reader
    stated: list[tuple[object, object]] = [
        (acts.bureau, reader),
        (acts.officer, leaf.officer),
        (acts.purpose, leaf.purpose),
        (acts.operation, leaf.operation),
        (acts.status, leaf.status),
    ]
    if record is not None:
        stated += [
            (acts.did, act_of(record)),
            (acts.kind, record.kind),
            (acts.record, record.record),
            (acts.version, record.version),
            (acts.owner, record.owner),
        ]
    in_time = (acts.since is None or leaf.at >= acts.since.timestamp()) and (
        acts.until is None or leaf.at <= acts.until.timestamp()
    )
    return in_time and all(wanted in {None, held} for wanted, held in stated)


def act_of(record: OpenedRecord) -> Act:
    """Return what was done with a record."""
    return "entered" if record.how == "change" and record.version == 1 else _ACTS[record.how]


def _hidden(acts: Acts, logs: Iterable[ReadLog], missing: Sequence[str]) -> str:
    """Return what may hide such an act, in words: leaves, and logs that are missing; empty if nothing can."""
    unread = sum(_in_time(acts, log.unread) for log in logs)
    partly = sum(_in_time(acts, log.partly) for log in logs) if acts.is_about_records else 0
    hidden = {f"{unread} leaves": unread, f"records of {partly} leaves": partly}
    hidden[f"the logs of {', '.join(map(short, missing))}"] = len(missing)
    return " and ".join(says for says, count in hidden.items() if count)


def _in_time(acts: Acts, times: Iterable[float]) -> int:
    return sum(acts.since is None or at >= acts.since.timestamp() for at in times)


def _found(found: Sequence[tuple[str, int]], logs: Sequence[ReadLog]) -> str:
    if not found:
        return "not found"
    times = {(act.service, act.index): act.leaf.at for log in logs for act in log.acts}
    named = [f"leaf {index} of {service} at {moment(times[service, index])}" for service, index in found[:MAX_NAMED]]
    more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
    return f"found {len(found)}: {', '.join(named)}{more}"


def _never_named(acts: Acts, logs: Sequence[ReadLog]) -> str:
    """Return which of the names that are in no list occur in none of the logs, in words: they may be misspelt."""
    held = [act for log in logs for act in log.acts]
    known: dict[str, tuple[str | None, set[str]]] = {
        "officer": (acts.officer, {act.leaf.officer for act in held}),
        "record": (acts.record, {act.record.record for act in held if act.record is not None}),
    }
    never = [f"{name} {short(stated)}" for name, (stated, seen) in known.items() if stated and stated not in seen]
    return f"; no leaf that was read names {' and '.join(never)}: check the spelling" if never else ""


def _wording(assertion: Assertion) -> str:
    if assertion.says is not None:
        return short(assertion.says)
    stated = ", ".join(f"{name} {value}" for name, value in msgspec.to_builtins(assertion.acts).items())
    if assertion.never is not None:
        return f"never {stated}"
    if assertion.least == assertion.most:
        return f"exactly {assertion.least}: {stated}"
    most = "" if assertion.most is None else f", at most {assertion.most}"
    return f"at least {assertion.least}{most}: {stated}"
