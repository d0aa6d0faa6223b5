"""The routes of searches by a picture, below `/similar`."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from services.cultural_property.dependencies import NAME, Reader, Withdrawer
from services.cultural_property.likeness.reader import LikenessReader, SoughtPicture, TooFewPoints
from services.cultural_property.likeness.side_by_side import Shown
from services.cultural_property.picture_searches import WorkSearch, sought_now
from services.cultural_property.similar import BesideSought, similar_to, similar_works
from services.cultural_property.similar_models import PictureForm, SimilarWorks
from services.cultural_property.store import WorkStore
from services.cultural_property.tables import sought_pictures
from shared.errors import Busy
from shared.identity import Caller
from shared.ids import RecordId
from shared.images.refusals import ImageUnusable
from shared.records import service_kit as kit

Works = Annotated[WorkStore, Depends(kit.reading(WorkStore))]
PictureSubscriptions = Annotated[kit.SubscriptionStore[WorkSearch], kit.subscriptions_of(WorkStore)]

_FILE: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_MEDIA: Final = {PictureForm.PNG: "image/png", PictureForm.SVG: "image/svg+xml"}
_BODY: Final = kit.photograph_body(kit.example_files.ASKEW, "A painting of nobody, photographed from a side")
_BESIDE: Final = "It beside the photograph of the record"
SHOWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        **kit.PHOTOGRAPH_ANSWER[200],
        "description": "Both pictures.",
        "content": {
            media: {**_FILE, "examples": kit.example_files.file_example(file, _BESIDE)}
            for media, file in zip(
                _MEDIA.values(), (kit.example_files.SIDE_BY_SIDE, kit.example_files.SIDE_BY_SIDE_SVG), strict=True
            )
        },
    }
}


async def _reader_of(request: Request) -> Any:
    return request.app.state.photographs


Likenesses = Annotated[LikenessReader, Depends(_reader_of)]


async def _subscriber_of(caller: Withdrawer) -> Caller:
    kit.require_may_subscribe(caller, f"{NAME}:read")
    return caller


Subscriber = Annotated[Caller, Depends(_subscriber_of)]


async def _subscribed_to(caller: Subscriber, file: kit.FileSent, reader: Likenesses) -> SoughtPicture:
    with reader.turn(caller.bureau) as turn:
        return await reader.seek(file, turn)


SubscribedTo = Annotated[SoughtPicture, Depends(_subscribed_to)]


async def _beside(picture_id: RecordId, _: Reader, reader: Likenesses) -> BesideSought:
    return BesideSought(picture_id, reader)


Beside = Annotated[BesideSought, Depends(_beside)]


async def identify_work(
    request: Request, caller: Reader, file: kit.FileSent, works: Works, reader: Likenesses, revision: kit.NewRevision
) -> SimilarWorks:
    """Identify a work of art by a picture.

    The body is a photograph of the object: JPEG, PNG or TIFF, up to 3 MiB. It may be taken askew, cropped, in other
    light, in a frame or mirrored. It is decoded, and encoded anew without metadata, as photographs of records are.
    Photographs that share features with it are compared point by point: a hit is one of which so many points agree
    that one view of the same plane explains them, as `why` says. At most ten, the surest first. Objects that have depth
    are found if they are photographed from about the same side. What is not found may be stolen all the same.

    The picture is kept for 72 hours, at most 100 of a bureau, to be shown beside what was found. As long its points are
    compared with photographs that are entered later.
    """
    similar = await similar_to(file, works, reader)
    found = await similar_works(works, similar, revision.id)
    picture = similar.sought.picture
    content = {"width": picture.width, "height": picture.height, "jpeg": picture.jpeg}
    async with request.app.state.context.database.writing() as session:
        await sought_pictures.keep(session, caller.bureau, revision, **content)
    return found


async def create_picture_subscription(
    _: Withdrawer,
    sought: SubscribedTo,
    subscriptions: PictureSubscriptions,
    response: Response,
    revision: kit.NewRevision,
    valid_for_days: Annotated[kit.ValidDays, Query()] = kit.MAX_DAYS,
) -> kit.Subscription[WorkSearch]:
    """Create a subscription to a picture.

    Each work whose photograph shows what the picture shows is reported to your bureau from now on, once. The body is a
    photograph as for a search; only its points are kept. Works that exist already are not reported: search for them.
    It is one of the subscriptions to works, of which your bureau can have 1,000: these list and delete it. No other
    bureau learns of it. The scope to read is needed as well.
    """
    created = await subscriptions.add(revision.id, sought_now(sought), valid_for_days)
    kit.locate(response, NAME, f"subscriptions/{created.id}")
    return created


async def get_side_by_side(
    beside: Beside,
    record_id: RecordId,
    photograph_id: kit.PhotographId,
    _: Reader,
    works: Works,
    form: Annotated[PictureForm, Query(description="`png` or `svg`.")] = PictureForm.PNG,
) -> Response:
    """Get a picture that was sought beside a photograph of a work.

    What was sent is on the left; a line leads from each of its points to that of the photograph that agrees. Who may
    see the record may, of the pictures that their bureau sent.
    """
    shown = "jpeg", "width", "height"
    sought = await sought_pictures.read(works.session, beside.picture_id, works.caller.bureau, works.at, *shown)
    record, jpeg = await works.photograph(record_id, photograph_id, thumbnail=False)
    photograph = works.photographs_of(record)[photograph_id]
    found = Shown(jpeg, photograph.width, photograph.height)
    drawn = await beside.draw(Shown(sought.jpeg, sought.width, sought.height), found, form, works.caller.bureau)
    return Response(drawn, headers={kit.HANDLING_HEADER: record.terms}, media_type=_MEDIA[form])


def declare_similar(router: APIRouter) -> None:
    """Declare the routes of searches by a picture on the router of the service, before those of `/{record_id}`."""
    router.post(
        "/similar",
        openapi_extra=_BODY,
        responses=kit.refusals(ImageUnusable, TooFewPoints, Busy),
        response_description=kit.FOUND,
    )(identify_work)
    router.post(
        "/similar/subscriptions",
        status_code=201,
        openapi_extra=_BODY,
        responses=kit.refusals(ImageUnusable, TooFewPoints, Busy) | kit.SUBSCRIPTION_REFUSALS,
    )(create_picture_subscription)
    router.get(
        "/similar/{picture_id}/{record_id}/{photograph_id}",
        response_class=Response,
        responses=SHOWN | kit.READ_REFUSALS | kit.refusals(Busy),
    )(get_side_by_side)
