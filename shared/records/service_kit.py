"""What a service imports: routes, stores, records and their rules. All imports of this module are re-exports.

A service imports the vocabulary of `shared` (bureaus, dates, errors, identity, people) from its own modules.
"""

from fastapi import APIRouter, FastAPI
from starlette.types import Lifespan

from shared.audit.archive import ArchiveAbsent
from shared.audit.disclosure_router import not_audited, require_router, service_router
from shared.audit.examples import audit_examples
from shared.audit.log_size import LogSize, OfLog
from shared.audit.models import AnswerProof, RequestId
from shared.audit.own_answers import AnswerProver
from shared.audit.routes import audit_routes
from shared.audit.rules import LogDamaged
from shared.handling import Condition, Handling
from shared.ids import RecordId
from shared.protocol.payloads import ReviewAct
from shared.records.access import access_of, changes_readers, is_public, may_see, visibility, visible, widens
from shared.records.admission import Reference
from shared.records.batch.routes import check_routes, entry_routes
from shared.records.constant_time import constant_time
from shared.records.copied import Copied
from shared.records.dependencies import (
    NewRevision,
    RecordChange,
    RecordEntry,
    changing,
    entering,
    locate,
    new_revision,
    reading,
    writing,
)
from shared.records.events import EventInFuture, require_past_event
from shared.records.examples import (
    ExampleRecord,
    field_copy_examples,
    photograph_examples,
    record_examples,
    reference_of,
)
from shared.records.field_copies.routes import FIELD_COPIES, field_copy_routes
from shared.records.fitting import FittingStatuses, PurposeDoesNotFit, StatusDoesNotFit, listed, status_of
from shared.records.identifiers import AlreadyEntered
from shared.records.kind_routes import KindRoutes, PerKind
from shared.records.models import Act, Ending
from shared.records.objects import SoughtUntilEnded
from shared.records.persons import STATUS_DESCRIPTION, PersonInput, PersonStatusMember
from shared.records.photographs.records import PhotographedStore
from shared.records.photographs.routes import (
    PHOTOGRAPH_ANSWER,
    FileSent,
    photograph_body,
    photograph_routes,
    reading_photographs,
)
from shared.records.photographs.rules import (
    Photograph,
    PhotographId,
    Photographs,
    photograph_of,
    with_photograph,
    without_photograph,
)
from shared.records.photographs.store import PhotographTables, StoredPhotograph
from shared.records.policy import (
    DEFAULT_RETENTION,
    REVIEWED_BEFORE,
    Audience,
    Record,
    RecordInput,
    Revision,
    create_record,
    input_fields,
    require_owner,
)
from shared.records.publications.rules import Announced
from shared.records.results import (
    WITHHELD,
    Comparison,
    EntryWarning,
    FieldMatch,
    Hit,
    Hits,
    NumberHits,
    Page,
    PagePosition,
    QueryWarning,
    R,
    RecordPageQuery,
    RecordQuery,
    compared,
    score_of_all,
    score_of_any,
)
from shared.records.review_messages import ReviewedStep, tell_of_review
from shared.records.routes import CHANGE_REFUSALS, ENTRY_REFUSALS, READ_REFUSALS, record_routes
from shared.records.row_expiry import keep_rows_for
from shared.records.rules import input_of, merged, without_parts
from shared.records.screening.queue import Referral, ScreeningQueue, Sighting
from shared.records.screening.sightings import TooManyScreened, screening_tables
from shared.records.search.batch_lines import Line, LineError, LineResult
from shared.records.search.descriptions import compared_words, not_stated
from shared.records.search.matched_store import MatchedStore
from shared.records.search.name_index import (
    Among,
    NamedRecord,
    NameIndex,
    NameSearchStore,
    NamesFound,
    NamesSearchStore,
)
from shared.records.search.near_misses import (
    PATH,
    Compared,
    NearMisses,
    compared_name,
    likeness_of,
    near_miss_routes,
    nearest,
)
from shared.records.search.number_keys import Asked, NumberKey, NumberKeys, OtherWriting
from shared.records.search.number_plans import LookUp, Probe
from shared.records.search.number_ranges import MAX_IN_RANGE, NumberRange, RangeKey, StretchKind, range_of
from shared.records.search.number_search import (
    NEAR_CUT,
    NUMBER_COMMON,
    Found,
    MetOtherwise,
    NumberQuery,
    NumberSearchStore,
)
from shared.records.search.query_warnings import (
    BIRTH_WARNINGS,
    DATE_FUTURE,
    HITS_CUT,
    NAME_WARNINGS,
    NUMBER_IN_STARS,
    WarningKind,
    birth_warnings,
    future_warnings,
    name_warnings,
    star_warnings,
)
from shared.records.search.range_search import RangeSearchStore, TooManyRanges
from shared.records.search.saved_searches import FOUND
from shared.records.search.searchable_store import SearchableStore
from shared.records.search.sought_images import SoughtImages, kept_until
from shared.records.search.subscriptions.models import MAX_DAYS, Subscription, ValidDays
from shared.records.search.subscriptions.routes import SUBSCRIPTION_REFUSALS, subscription_routes, subscriptions_of
from shared.records.search.subscriptions.rules import require_may_subscribe
from shared.records.search.subscriptions.store import SubscriptionStore
from shared.records.search.word_index import MAX_SOUGHT as MAX_SOUGHT_WORDS
from shared.records.search.word_index import WordIndex, WordSearchStore, word_criterion, words_of
from shared.records.store import RecordStore
from shared.records.stored_rows import NO_SESSION, StoredRows, add_rows, rows_of
from shared.records.tables import record_table, service_metadata
from shared.records.terms import HANDLING_HEADER
from shared.records.tombstones import tombstone_of
from shared.service import Context, CreateApp
from shared.storage import (
    BuiltByShape,
    Database,
    Rows,
    Session,
    after,
    begins_with,
    comes_after,
    hot,
    index_where,
    inline_literal,
    insert,
    is_one_of,
    like,
    page_of,
)
from shared.web import example_files
from shared.web.app import application
from shared.web.examples import RequestExample, RequestExamples
from shared.web.paging import count_within_reply, within_reply_size
from shared.web.problems import refusals
from shared.web.routing import path_of, permission


def app_factory(
    name: str,
    router: APIRouter,
    *,
    description: str,
    examples: RequestExamples | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
    in_sandbox: APIRouter | None = None,
) -> CreateApp:
    """Return the `create_app` of a service: its application has its routes and those of its audit log.

    `examples` are those of its requests; `lifespan` opens what the service needs besides its store; `in_sandbox` has
    the routes of a sandbox alone. Raises ValueError for a router of another service.
    """
    require_router(name, router)
    if in_sandbox is not None:
        require_router(name, in_sandbox)
    title = name.replace("-", " ").capitalize()

    def create_app(context: Context) -> FastAPI:
        only_here = in_sandbox.routes if in_sandbox is not None and context.is_sandbox else []
        routes = [*router.routes, *only_here, *audit_routes(name)]
        shown = {**audit_examples(name), **(examples or {})}
        return application(context, routes, title=title, description=description, lifespan=lifespan, examples=shown)

    return create_app
