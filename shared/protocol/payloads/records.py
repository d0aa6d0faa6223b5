"""The forms about records: what services tell bureaus of hits, withdrawals, publications and reviews, and releases."""

from typing import Annotated, Any, Final, Literal

import msgspec

from shared.protocol.envelope import Code, Officer, Uuid
from shared.protocol.payloads.forms import BaseForm, RecordName, Seconds

MAX_HITS_TOGETHER: Final = 50
MAX_ALERTED: Final = 20
MAX_RELEASED: Final = 50
MAX_NUMBER_OF_RECORD: Final = 40
MAX_PLACE: Final = 80

OtherCondition = Annotated[str, msgspec.Meta(max_length=500)]
ReviewAct = Literal[
    "asked", "question-withdrawn", "answered", "published", "released", "compliant", "refused", "cancelled"
]
# `near`, `list`, `read` and `published` by partners alone: each disclosure to one tells the owner.
# `screening`: a partner saw the thing and is told nothing; the finder is the bureau of the place, also as
# `delayed-inquiry` where the record was entered later.
How = Literal[
    "search", "near", "list", "read", "subscription", "delayed-inquiry", "duplicate", "screening", "published"
]
Handling = Literal["OFFICIAL_USE", "RESTRICTED", "CONFIDENTIAL"]
Condition = Literal["H0", "H1", "H2", "H3"]


class HitDetails(BaseForm, frozen=True, kw_only=True):
    """A record of one bureau that the search of another found, without its content. Times are seconds since 1970."""

    id: Uuid
    """The id of the hit, the same for both bureaus."""

    kind: RecordName
    """The kind of the record, such as `vehicle`."""

    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    owner: Code
    finder: Code
    officer: Officer
    """Who searched, as the bureau of the finder states."""

    purpose: Code
    how: How
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    handling: Handling | None = None
    """The handling code of the record; none if the finder may not see it any more."""

    conditions: Annotated[tuple[Condition, ...], msgspec.Meta(max_length=4)] = ()
    """The handling conditions."""

    other_condition: OtherCondition | None = None
    """The text of `H3`; not for the Secretariat."""

    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    """How often the same officer was shown this version for the same purpose from `first` to `last`."""

    first: Seconds
    last: Seconds
    request: Uuid
    """The id of the first search, for the audit log."""


class HitsNotice(BaseForm, frozen=True, kw_only=True):
    """From a service to owner and finder: new hits. To the finder alone, one hit, if the search preceded the record."""

    service: RecordName
    hits: Annotated[tuple[HitDetails, ...], msgspec.Meta(min_length=1, max_length=MAX_HITS_TOGETHER)]


class Withdrawal(BaseForm, frozen=True, kw_only=True):
    """From a service to all recipients of a record: delete or replace your copies, and confirm it with a receipt."""

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    act: Literal["withdrawn", "cancelled", "corrected"]
    """`withdrawn` does not reveal the reason: withdrawn, deleted, or restricted for this bureau.

    `cancelled`: the General Secretariat instructs all recipients to delete it. Why it does is for the owner alone.
    """

    at: Seconds


class Publication(BaseForm, frozen=True, kw_only=True):
    """From a service to each participant that may see a record: it is published, sent or changed.

    The message quotes the record, with what binds its readers.
    Leave it aside if a withdrawal of the record has a higher version.
    """

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    owner: Code
    act: Literal["published", "diffused", "updated"]
    """`updated` if your bureau was sent an earlier version in this way."""

    number: Annotated[str, msgspec.Meta(max_length=MAX_NUMBER_OF_RECORD)] | None = None
    """The number under which it was published; none if it has none."""

    colour: RecordName | None = None
    """Of a notice."""

    at: Seconds
    content: dict[str, Any] | None = None
    """The record as the service shows it to other bureaus than its owner; none if `omitted` says why."""

    omitted: Literal["confidential", "too-large", "own-record", "removed"] | None = None
    """Why the content is not here. `own-record`: you own it. `removed`: by your gateway, as it was withdrawn since."""


class ReviewDue(BaseForm, frozen=True, kw_only=True):
    """From a service to the owner: renew a record if it is still needed; otherwise it is deleted."""

    service: RecordName
    kind: RecordName
    record: Uuid
    expires: Seconds


class ReviewStep(BaseForm, frozen=True, kw_only=True):
    """From a service to the other side of a review, the issuing bureau or the Secretariat: read the record there.

    It holds nothing of the case but, of a refusal or cancellation, its reason as a code.
    """

    service: RecordName
    kind: RecordName
    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    number: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}/[0-9]{1,7}\Z")] | None = None
    """Of the notice, if it has one."""

    act: ReviewAct
    of_update: bool = False
    """Whether it is about an update that waits, and not the record itself."""

    reason: Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9-]{0,39}\Z")] | None = None
    """Of a refusal or cancellation, such as `article-3`."""

    at: Seconds


class AlertedRecord(BaseForm, frozen=True, kw_only=True):
    """A record of which a partner saw what it is about. The message quotes it, with what binds its readers."""

    record: Uuid
    version: Annotated[int, msgspec.Meta(ge=1)]
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    place: Annotated[str, msgspec.Meta(max_length=MAX_PLACE)]
    """Where exactly it was seen first, as the partner states it."""

    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    """How often it was seen from `first` to `last`."""

    first: Seconds
    last: Seconds
    request: Uuid
    """The id of the first request of the partner, for the audit log."""


class ScreeningAlert(BaseForm, frozen=True, kw_only=True):
    """From a service to the owner, the bureau of the place and the Secretariat: a partner saw what records are about.

    It holds no personal data. The partner is told nothing. One sighting is one message to each of them, with the
    records that this bureau may see. The first is sent at once, and the next for the same records, partner and country
    some minutes later, with how often they were seen meanwhile. Of what was seen before a record was entered the owner
    is not told.
    """

    service: RecordName
    kind: RecordName
    owner: Code
    partner: Code
    purpose: Code
    how: Literal["screening", "delayed-inquiry"]
    """`delayed-inquiry`: the records were entered after it was seen."""

    country: Code
    """Where it was seen, ISO 3166-1 alpha-2."""

    records: Annotated[tuple[AlertedRecord, ...], msgspec.Meta(min_length=1, max_length=MAX_ALERTED)]
    more: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many records besides these."""


class Release(BaseForm, frozen=True, kw_only=True):
    """From the owner of a record to a bureau that holds it: the bureaus to which the holder may pass it on.

    A later one for the same record and bureau replaces an earlier one. Ignore it from others than the owner.
    """

    service: RecordName
    kind: RecordName
    record: Uuid
    to: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1, max_length=MAX_RELEASED)]
    until: Annotated[float, msgspec.Meta(ge=0, le=253402300799)] | None = None
    """When it ends, in seconds since 1970; none if it does not."""
