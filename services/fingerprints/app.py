"""The routes of the fingerprints service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Response

from services.fingerprints import rules
from services.fingerprints.current_gallery import CurrentGallery
from services.fingerprints.dependencies import NAME, Reader
from services.fingerprints.examples import EXAMPLES
from services.fingerprints.models import (
    FingerprintRecord,
    IdentificationQuery,
    ImpressionForm,
    MediaType,
    Position,
    PrintSought,
    RecordDescription,
    RecordFilter,
    StandingPrint,
    Verification,
)
from services.fingerprints.prints import PrintReader, compared
from services.fingerprints.seeking import Records, Seek
from services.fingerprints.sought_routes import declare_sought_prints
from services.fingerprints.store import FingerprintStore
from services.fingerprints.uploads import (
    IMAGE_ANSWER,
    IMAGE_BODY,
    EnrolmentSent,
    Gallery,
    ImageFile,
    Pictures,
    Prints,
    Probe,
)
from shared.errors import Busy
from shared.identity import Caller
from shared.images.refusals import ImageUnusable
from shared.records import service_kit as kit
from shared.service import Context

Writer = Annotated[Caller, kit.permission(NAME, "write")]
Withdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True)]
RecordsToChange = Annotated[FingerprintStore, Depends(kit.writing(FingerprintStore), scope="function")]

Enter = Annotated[kit.RecordEntry[FingerprintRecord], kit.entering(FingerprintStore)]
Change = Annotated[kit.RecordChange[FingerprintRecord], kit.changing(FingerprintStore)]
StandingSearches = Annotated[kit.SubscriptionStore[PrintSought], kit.subscriptions_of(FingerprintStore)]

PICTURE_REFUSALS: Final = kit.refusals(ImageUnusable, Busy)
PRINT_REFUSALS: Final = kit.refusals(ImageUnusable, rules.TooFewMinutiae, rules.SeveralFingers, Busy)
FITTING_REFUSALS: Final = kit.refusals(kit.PurposeDoesNotFit, kit.StatusDoesNotFit)

router = kit.service_router(NAME)
sandbox_router = kit.service_router(NAME)


@asynccontextmanager
async def at_work(app: FastAPI) -> AsyncIterator[None]:
    """Keep the extractor and the gallery from the start of the service to its end."""
    context: Context = app.state.context
    app.state.prints = prints = PrintReader(context.processes)
    app.state.gallery = gallery = CurrentGallery(context.database)
    try:
        yield
    finally:
        await prints.close()
        await gallery.close()


create_app = kit.app_factory(
    NAME,
    router,
    description="Fingerprints without names. A candidate is a candidate until an examiner decides, and a hit is "
    "not proof: ask the owner bureau to confirm it before acting on it.",
    lifespan=at_work,
    examples=EXAMPLES,
    in_sandbox=sandbox_router,
)


@router.post("/identification", openapi_extra=IMAGE_BODY, responses=PRINT_REFUSALS, response_description=kit.FOUND)
async def identify_print(
    _: Reader, wanted: Annotated[IdentificationQuery, Query()], probe: Probe, search: Seek
) -> kit.Hits[FingerprintRecord]:
    """Identify a print among all on file.

    Your own are included. The body is the image of one finger, PNG or WSQ at 500 dpi. The records found are candidates,
    ranked by similarity: an examiner decides. In a large file another person may reach the threshold by chance, see
    `least_score`. A slap of several fingers, up to 1,600 x 1,500 pixels, is searched as one print with the warning
    `several-fingers`: its scores are lower than those of its fingers one by one. `total` counts at most 100. The
    minutiae of the print are saved to find prints that are enrolled later; the image is not. To compare candidates with
    the print, side by side, keep it first: `POST /api/fingerprints/sought`.
    """
    return await search.among_all(probe.template, wanted)


declare_sought_prints(router)


@router.post(
    "/subscriptions",
    status_code=201,
    openapi_extra=IMAGE_BODY,
    responses=PRINT_REFUSALS | kit.SUBSCRIPTION_REFUSALS,
)
async def create_fingerprint_record_subscription(
    writer: Withdrawer,
    wanted: Annotated[StandingPrint, Query()],
    probe: Probe,
    standing: StandingSearches,
    response: Response,
    revision: kit.NewRevision,
) -> kit.Subscription[PrintSought]:
    """Create a subscription to a search for a print.

    Each new record that is a candidate is reported to your bureau, once. The body is the image of one finger, PNG or
    WSQ at 500 dpi; only its minutiae are kept. Records that exist already are not reported: search for them. No other
    bureau learns of the subscription. Your bureau can have 1,000. The scope to read is needed as well.
    """
    kit.require_may_subscribe(writer, f"{NAME}:read")
    search = IdentificationQuery.model_validate(wanted.model_dump(exclude={"valid_for_days"}))
    sought = PrintSought(template=probe.template.to_bytes(), wanted=search)
    left = await standing.add(revision.id, sought, wanted.valid_for_days)
    kit.locate(response, NAME, f"subscriptions/{left.id}")
    return left


@router.post("/verification", responses=PRINT_REFUSALS)
async def verify_prints(_: Reader, first: ImageFile, second: ImageFile, read: Prints) -> Verification:
    """Verify whether two prints are of one finger.

    Both are PNG or WSQ at 500 dpi. Neither is kept. The threshold is 0.03. In 25,040 pairs of different fingers none
    reached it; in 560 pairs of one finger 10 missed it (1.8 %). Both are of good scanners (FVC2002); poor prints miss
    it more often. An examiner decides.
    """
    one, other = await asyncio.gather(read(first, "first"), read(second, "second"))
    for taken, part in ((one, "first"), (other, "second")):
        rules.require_comparable(taken, part)
        rules.require_one_finger(taken, part)
    return rules.verification_of(*await compared(one.template, other.template), one, other)


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | FITTING_REFUSALS)
async def create_fingerprint_record(_: Writer, description: RecordDescription, enter: Enter) -> FingerprintRecord:
    """Create a record, to which prints are then added.

    It is kept for 5 years, that of an unidentified body for 15.
    """
    return await enter(rules.enter, description)


@router.get("")
async def list_fingerprint_records(
    _: Reader, records: Records, wanted: Annotated[RecordFilter, Query()]
) -> kit.Page[FingerprintRecord]:
    """List the records that your bureau may see, newest first."""
    return await records.list(wanted)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def get_fingerprint_record(record_id: kit.RecordId, _: Reader, records: Records) -> FingerprintRecord:
    """Get a record, with its prints but without their images."""
    return await records.get(record_id)


@router.put("/{record_id}", responses=kit.CHANGE_REFUSALS | FITTING_REFUSALS)
async def update_fingerprint_record(_: Writer, description: RecordDescription, change: Change) -> FingerprintRecord:
    """Update a record.

    The description replaces the former one, the prints stay. Only the owner may. Another category has another
    retention, from the entry on; if that has ended, the record is kept six months more.
    """
    return await change(rules.correct, description)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_fingerprint_record(
    record_id: kit.RecordId, writer: Withdrawer, records: RecordsToChange, revision: kit.NewRevision
) -> FingerprintRecord:
    """Withdraw a record.

    From then on only its owner sees it, and its prints are not searched. Only the owner may.
    """
    turn = await records.take_turn()
    record = await records.get_whole(record_id)
    return await records.withdraw(rules.withdraw(record, by=writer, revision=revision), turn)


@router.post(
    "/{record_id}/impressions",
    status_code=201,
    openapi_extra=IMAGE_BODY,
    responses=kit.CHANGE_REFUSALS | PRINT_REFUSALS,
)
async def add_impression(
    record_id: kit.RecordId,
    response: Response,
    writer: Writer,
    sent: EnrolmentSent,
    records: RecordsToChange,
    revision: kit.NewRevision,
) -> FingerprintRecord:
    """Add the impression of one finger. Only the owner may.

    The body is the image of one finger, PNG or WSQ at 500 dpi; a slap of several is refused. A new print of a finger
    replaces the former one.
    """
    turn = await records.take_turn()
    record = rules.enrol(await records.get_whole(record_id), sent.taken, sent.placement, by=writer, revision=revision)
    kit.locate(response, NAME, f"{record_id}/impressions/{sent.placement.position}")
    return await records.enrol(record, sent.taken, sent.placement.position, turn)


@router.get(
    "/{record_id}/impressions/{position}",
    response_class=Response,
    responses=IMAGE_ANSWER | kit.READ_REFUSALS | PICTURE_REFUSALS,
)
async def get_impression(
    record_id: kit.RecordId,
    position: Position,
    _: Reader,
    records: Records,
    pictures: Pictures,
    form: Annotated[
        ImpressionForm, Query(description="As it was `sent`; or as `png`, of what has ridges, which browsers show.")
    ] = ImpressionForm.SENT,
) -> Response:
    """Get the image of an impression. Of some prints only the minutiae are kept."""
    image = await records.image(record_id, position)
    headers = {kit.HANDLING_HEADER: image.terms}
    if form is ImpressionForm.PNG:
        return Response(await pictures(image.content, "body"), headers=headers, media_type=MediaType.PNG)
    return Response(image.content, headers=headers, media_type=image.media_type)


kit.subscription_routes(router, FingerprintStore, by_query=False)
kit.record_routes(router, FingerprintStore)


@sandbox_router.post(f"/identification{kit.PATH}", openapi_extra=IMAGE_BODY, responses=PRINT_REFUSALS)
async def identify_near_misses(
    _: Reader, search: Annotated[IdentificationQuery, Query()], probe: Probe, records: Records, gallery: Gallery
) -> kit.NearMisses:
    """Identify which records come near to a print that a search did not find, and why.

    At most five. Only in a sandbox: they are disclosed as those of a list. A withdrawn record is not among them.
    """
    sought = await gallery.identify(
        probe.template, hidden=partial(records.hidden, search.person_status), finger=search.position
    )
    hits = await records.hits(sought, search)
    return await records.near_misses(await gallery.identify(probe.template, hidden=records.hidden), hits, search)
