"""The figures in the prose of the documents are the constants of the code."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from deploy.commands import enter
from deploy.commands.audit_log import COSIGNED_SECONDS
from gateway.audit.operations import MAX_SCANS
from gateway.auth.login_failures import FAILURES_OF_LOGIN
from gateway.auth.oidc import FETCHED_AT_LEAST_EVERY_SECONDS
from gateway.checks import app as checks_app
from gateway.checks import operations as checks
from gateway.edge import http_limits, listener
from gateway.hits.rules import CONFIRMATION_DEADLINE, LATEST_PROMISE, MINUTE
from gateway.hits.worker import EARLY_RETENTION
from gateway.hits.worker import RETENTION as HITS_RETENTION
from gateway.messages.events import STREAMS_OF_AN_OFFICER
from gateway.messages.webhooks.sender import ANSWER_SECONDS
from gateway.monitoring.broker import UNATTENDED_SECONDS
from gateway.outbound import MAX_HEAD_BYTES
from gateway.subject_requests.models import SubjectRequestKind
from gateway.subject_requests.rules import DECISION_MONTHS, FORGOTTEN_AFTER_MONTHS
from gateway.traces import evidence_pack
from gateway.traces import rules as traces
from gateway.witness.patrol import BLOCK
from gateway.witness.worker import PATROL_EVERY_SECONDS
from services.missing_persons.rules import BODY_KEPT_FOR
from shared.audit.queries import PART
from shared.images import jpeg_files, photograph_files, photograph_worker, photographs, picture
from shared.logs.repeats import MAX_KINDS
from shared.mailbox import deferral, posting, rules
from shared.people import MAX_MARKS
from shared.protocol.messages import MAX_ATTACHMENTS_BYTES
from shared.protocol.payloads import MAX_ALERTED, MAX_REQUESTS, MAX_TRACE_REQUESTS
from shared.protocol.signed_times import FRESH_SECONDS, MIN_AGREEING, NEAR_SECONDS
from shared.records import entry_limits
from shared.records.batch import checking, entering
from shared.records.batch import models as lines
from shared.records.batch import routes as line_routes
from shared.records.photographs.rules import MAX_BYTES_OF_OWNER, MAX_PHOTOGRAPHS
from shared.records.policy import DEFAULT_RETENTION, REVIEWED_BEFORE
from shared.records.screening import sightings
from shared.records.screening.alerts import ALERTED_MINUTES
from shared.records.screening.comparison import TRIES as SCREENING_TRIES
from shared.records.screening.gathered import MAX_GATHERED
from shared.records.search.saved_searches import (
    KEPT_FOR,
    MAX_COMPARED,
    MAX_COMPARED_TOTAL,
    MAX_COSTLY,
    MAX_COSTLY_KEPT,
    MAX_COSTLY_TOTAL,
)
from shared.rpc.irreversible import FEW, LARGE_SHARE_WAITS, USUALLY_LEFT
from shared.storage.postgres_pool import LONG_SECONDS, SHORT_SECONDS, WAIT_SECONDS
from shared.transport.nats import client, pauses, relay, relayed, stream_setup, tls
from tests.documents import DOCS

KIBIBYTE = 1024
WORDS = {1: "a", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 9: "nine", 10: "ten", 100: "a hundred"}
HOURS = {60: "an hour"}
MONTHS = {12: "a year"}
TIMES = {1: "once", 2: "twice"}
YEAR = timedelta(days=365)


def minutes(seconds: float) -> int:
    """Return a number of seconds in minutes."""
    return int(seconds // 60)


def figures() -> Iterator[tuple[str, str]]:
    """Yield each page with a part of a sentence, made from the constants."""
    yield from _of_use()
    yield from _of_operation()
    yield from _of_protocol()
    yield from _of_photographs()
    yield from _of_traces()
    yield from _of_checks()
    yield from _of_lines()
    yield from _of_screening()


def _of_use() -> Iterator[tuple[str, str]]:
    page = "how-to/hits.md"
    yield page, f"The owner has {CONFIRMATION_DEADLINE['urgent'] // MINUTE} minutes for an `urgent` request"
    yield page, f"and {HOURS[CONFIRMATION_DEADLINE['routine'] // MINUTE]} for a `routine` one"
    yield page, f"at most {LATEST_PROMISE // MINUTE // 60} hours ahead"
    yield page, f"the finder may ask {TIMES[MAX_REQUESTS - 1]} more"
    yield page, f"keeps every search for {hours(KEPT_FOR)} hours"
    yield page, f"within {hours(KEPT_FOR)} hours of their last change"
    yield page, f"counted in {WORDS[entry_limits.COUNTED_DAYS]} days"
    yield page, f"{entry_limits.MAX_TAKEN_BACK} records or a {WORDS[entry_limits.SHARE]}th of those entered"
    tenths = WORDS[round(10 * entry_limits.SHARE_ENDED_WELL)]
    yield page, f"{entry_limits.MAX_ENDED_WELL} records or {tenths} tenths of those entered"
    yield page, f"the newest {MAX_COMPARED:,} searches of each bureau and its newest {MAX_COMPARED:,} subscriptions"
    yield page, f"with {MAX_COMPARED_TOTAL:,} of all bureaus"
    yield page, f"compared with the {MAX_COSTLY} of each bureau that are most alike"
    yield page, f"with {MAX_COSTLY_TOTAL} of all bureaus"
    page = "how-to/pictures.md"
    yield page, f"{MAX_COSTLY_KEPT:,} are kept, the oldest give way"
    yield page, f"compared with the {MAX_COSTLY} of them"
    page = "how-to/messages.md"
    yield page, f"up to {MAX_ATTACHMENTS_BYTES // KIBIBYTE**2} MiB together"
    yield page, f"after {minutes(rules.DEFERRED_SECONDS)} minutes"
    yield page, f"after {minutes(rules.POST_FULL_SECONDS)} minutes"
    yield page, f"after {rules.FIRST_RESEND_SECONDS:g} s, up to {minutes(rules.LAST_RESEND_SECONDS)} minutes"
    yield page, f"at most {MAX_HEAD_BYTES // KIBIBYTE} KiB of the answer until its final status"
    yield page, f"within {ANSWER_SECONDS:g} seconds"
    page = "how-to/subject-requests.md"
    yield page, f"then {WORDS[DECISION_MONTHS[SubjectRequestKind.ACCESS]]} months for access"
    yield page, f"and {WORDS[DECISION_MONTHS[SubjectRequestKind.DELETION]]} for the rest"
    page = "how-to/audit.md"
    yield page, f"waits up to {COSIGNED_SECONDS:g} s"
    yield page, f"at most {PART:,} leaves of a log"
    yield page, f"asks each log for {WORDS[MAX_SCANS]} of these"
    page = "explanation/audit-log.md"
    yield page, f"{BLOCK} each {WORDS[int(PATROL_EVERY_SECONDS)]} seconds"
    page = "explanation/records.md"
    yield page, f"Its retention is {DEFAULT_RETENTION // YEAR} years, or {BODY_KEPT_FOR // YEAR} for an unidentified"
    yield page, f"{WORDS[REVIEWED_BEFORE.days // 30].capitalize()} months before the end"


def _of_operation() -> Iterator[tuple[str, str]]:
    page = "how-to/operate.md"
    yield page, f"less {listener.RESERVED_FILES} and {listener.FILES_OF_A_BUREAU} for each bureau"
    yield page, f"has {http_limits.HEAD_SECONDS:g} s to send a head"
    yield page, f"{http_limits.BODY_GRACE_SECONDS:g} s plus 1 s for each {http_limits.MIN_BODY_RATE // KIBIBYTE} KiB"
    yield page, f"reads nothing of an answer for {http_limits.WRITE_SECONDS:g} s is disconnected"
    yield page, f"may have {STREAMS_OF_AN_OFFICER} event streams in each process"
    yield page, f"beyond {MAX_KINDS} kinds at a time"
    yield page, f"for {pauses.FIRST_SECONDS:g} s to {minutes(pauses.MAX_SECONDS)} minutes"
    yield page, f"| events, and results of webhook calls | {rules.RETENTION.days} days |"
    yield page, f"| {HITS_RETENTION // YEAR} years from the notification of the bureau"
    yield page, f"| {EARLY_RETENTION.days} days: a hit may be under way for {rules.MAX_VALIDITY.days} |"
    yield page, f"| {MONTHS[FORGOTTEN_AFTER_MONTHS]} after the request ended |"
    yield page, f"at least {WORDS[MIN_AGREEING]} other participants"
    yield page, f"in the last {WORDS[minutes(FRESH_SECONDS)]} minutes"
    yield page, f"must be within {WORDS[minutes(NEAR_SECONDS)]} minute of it"
    yield page, f"more than {WORDS[FEW]} items that are more than a {WORDS[USUALLY_LEFT + 1]}th of their kind"
    yield page, f"waits for {WORDS[LARGE_SHARE_WAITS.days]} day"
    page = "how-to/postgresql.md"
    yield page, f"no connection is free for {WAIT_SECONDS:g} s"
    yield page, f"does not answer a statement for {SHORT_SECONDS:g} s ({LONG_SECONDS:g} s if it reads many rows)"
    page = "how-to/deploy.md"
    yield page, f"does not find it within {client.FIRST_CONNECT_SECONDS:g} s"
    yield page, f"after {UNATTENDED_SECONDS:g} s an alarm `unattended`"
    yield page, f"show them within {tls.POLL_SECONDS:g} s"
    yield page, f"In the last {tls.WARNED_BEFORE.days} days of its own certificate"
    yield "how-to/officers.md", f"After {WORDS[FAILURES_OF_LOGIN]} wrong passwords for a name from one source"
    page = "decisions/0030-bind-access-tokens-to-one-gateway-and-to-the-officer-s-session.md"
    yield page, f"at most {WORDS[minutes(FETCHED_AT_LEAST_EVERY_SECONDS)]} minutes"


def _of_protocol() -> Iterator[tuple[str, str]]:
    page = "reference/protocol.md"
    yield page, f"at most {relay.POSTS_UNDER_WAY} of your posts at a time"
    yield page, f"no answer within {relayed.ANSWER_SECONDS:g} s"
    yield page, f"{relay.PARTS_UNDER_WAY} of these requests may be under way to write"
    yield page, f"and {relay.PARTS_UNDER_WAY} to read"
    yield (
        page,
        f"{stream_setup.MAX_PULLS} of these requests may wait, each for at most {stream_setup.MAX_PULL_SECONDS} s",
    )
    yield page, f"and {stream_setup.MAX_PULLED:,} parcels"
    yield page, f"use {posting.MAX_WAITING} places in turn"
    yield page, f"Send `-NAK` for a parcel at most {WORDS[deferral.MAX_ATTEMPTS]} times"
    yield page, f"for at most {WORDS[deferral.MAX_DEFERRED]} parcels of one sender"
    yield page, f"at most once in {minutes(rules.DEFERRAL_EVERY.total_seconds())} minutes for a message"
    yield page, f"sends it again after {minutes(rules.DEFERRED_SECONDS)} minutes"


def _of_photographs() -> Iterator[tuple[str, str]]:
    page = "reference/limits.md"
    for limit, value in (
        ("file bytes", f"{photograph_files.MAX_FILE_BYTES:,}"),
        ("pixels of a side", f"{photograph_files.MAX_SIDE:,}, at least {photograph_files.MIN_SIDE}"),
        ("pixels together", f"{photograph_files.MAX_PIXELS:,}"),
        ("scans of a progressive JPEG", f"{jpeg_files.MAX_SCANS}"),
        ("seconds of a decoder", f"{photographs.PHOTOGRAPH_SECONDS:g}"),
        ("memory of a decoder, bytes", f"{photograph_worker.MORE_MEMORY:,}"),
        ("pixels of a side of the picture", f"{picture.SHOWN_SIDE:,}, of its thumbnail {picture.THUMBNAIL_SIDE}"),
        ("bytes of the picture", f"{picture.MAX_PICTURE_BYTES:,}, of its thumbnail {picture.MAX_THUMBNAIL_BYTES:,}"),
        ("photographs of a record", f"{MAX_PHOTOGRAPHS}"),
        ("bytes of all photographs of a bureau", f"{MAX_BYTES_OF_OWNER:,}"),
    ):
        yield page, f"| {limit} | {value} |"
    yield "how-to/photographs.md", f"A notice has up to {WORDS[MAX_PHOTOGRAPHS]} photographs"


def _of_traces() -> Iterator[tuple[str, str]]:
    for limit, value in (
        ("requests of a trace", MAX_TRACE_REQUESTS),
        ("requests of a bureau that wait for the answer of another", traces.MAX_OPEN),
        ("requests of a bureau that are overdue at the Secretariat", traces.MAX_OVERDUE),
        ("comments of a bureau on a request", traces.MAX_COMMENTS),
        ("messages in the evidence of a trace", evidence_pack.MAX_PACKED),
        ("such evidence of a bureau that waits to be made", evidence_pack.WAITING_PER_BUREAU),
    ):
        yield "reference/limits.md", f"| {limit} | {value:,} |"
    yield (
        "how-to/traces.md",
        f"{traces.MAX_OPEN} requests may wait for your answers, and {traces.MAX_OVERDUE:,} be overdue",
    )


def _of_screening() -> Iterator[tuple[str, str]]:
    page = "reference/limits.md"
    for limit, value in (
        ("documents that a partner sends in a minute", f"{sightings.MAX_SCREENED}"),
        ("hours for which they are kept", f"{hours(KEPT_FOR)}"),
        ("documents that are kept of a partner, the newest", f"{sightings.MAX_KEPT:,}"),
        ("minutes from one alert of a partner, of the same records and country, to the next", f"{ALERTED_MINUTES}"),
        ("records that an alert lists", f"{MAX_ALERTED}"),
        ("records that an alert lists or counts", f"{MAX_GATHERED}"),
        ("marks on one letter of `place`", f"{MAX_MARKS}"),
        ("tries to compare one that fails", f"{SCREENING_TRIES}"),
    ):
        yield page, f"| {limit} | {value} |"
    page = "how-to/travel-documents.md"
    yield page, f"A partner may send {sightings.MAX_SCREENED} in a minute"
    yield page, f"within {WORDS[ALERTED_MINUTES]} minutes"
    yield page, f"lists {MAX_ALERTED} records"
    yield page, f"The newest {sightings.MAX_KEPT:,} of a partner"
    yield page, f"is kept for {hours(KEPT_FOR)} hours"


def _of_checks() -> Iterator[tuple[str, str]]:
    page = "reference/limits.md"
    for limit, value in (
        ("bytes of a check", f"{checks_app.MAX_BODY:,}"),
        ("seconds that the registers have, all together", f"{checks.SECONDS}"),
        ("checks that a process of a gateway works on at once", f"{checks.AT_ONCE:,}"),
        ("checks of a bureau that wait", f"{checks.WAITING_PER_BUREAU}"),
    ):
        yield page, f"| {limit} | {value} |"
    page = "how-to/border-checks.md"
    yield page, f"works on {checks.AT_ONCE:,} checks at once"
    yield page, f"{checks.WAITING_PER_BUREAU} of a bureau wait"
    yield page, f"within {checks.SECONDS} s of the registers' time"


def _of_lines() -> Iterator[tuple[str, str]]:
    page = "reference/limits.md"
    for limit, value in (
        ("lines of a request of checks", lines.MAX_LINES),
        ("lines of a request of entries", lines.MAX_ENTRIES),
        ("bytes of a request", lines.MAX_BYTES),
        ("bytes of a line", lines.MAX_LINE_BYTES),
        ("values of a line", lines.MAX_VALUES_OF_LINE),
        ("values of a request", lines.MAX_VALUES),
        ("lines with `remember`", lines.MAX_REMEMBERED),
        ("lines with `near`, or with wildcards", lines.MAX_NEAR),
        ("hits shown, of all lines together", lines.MAX_HITS),
        ("bytes of the records shown", lines.MAX_HITS_BYTES),
        ("seconds in which a line is read", int(lines.MAX_SECONDS_READ)),
        ("seconds in which a line is searched that may find something", int(checking.MAX_SECONDS)),
        ("seconds in which the rules for entries are applied", int(entering.MAX_SECONDS_JUDGED)),
        ("seconds in which a line is entered", int(entering.MAX_SECONDS_ENTERED)),
        ("requests with many lines that a process of a service works on at once", line_routes.AT_ONCE),
        ("such requests of a bureau that wait", line_routes.WAITING_PER_BUREAU),
    ):
        yield page, f"| {limit} | {value:,} |"
    for page in ("how-to/check-a-list.md", "how-to/enter-a-list.md"):
        yield page, f"{lines.MAX_BYTES // 2**20} MiB"
    yield "how-to/check-a-list.md", f"takes at most {lines.MAX_LINES:,} lines"
    yield "how-to/enter-a-list.md", f"takes at most {lines.MAX_ENTRIES:,} lines"
    yield "how-to/enter-a-list.md", f"The command sends {enter.LINES} at a time"


def hours(span: timedelta) -> int:
    """Return a span of time in hours."""
    return span // timedelta(hours=1)


@pytest.mark.parametrize("page", sorted({page for page, _ in figures()}))
def test_the_figures_of_a_page_match_the_code(page: str) -> None:
    """Line breaks of the page do not matter."""
    text = re.sub(r"\s+", " ", (DOCS / page).read_text())
    assert [part for of, part in figures() if of == page and part not in text] == []
