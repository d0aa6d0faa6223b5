"""The routes of prints that a bureau keeps for a while, to seek them and to compare candidates with them."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from services.fingerprints import query_warnings, rules
from services.fingerprints.dependencies import Reader
from services.fingerprints.models import (
    FingerprintRecord,
    IdentificationQuery,
    KeptPrint,
    MediaType,
    Position,
    PrintSought,
    Verification,
)
from services.fingerprints.prints import Print, compared
from services.fingerprints.seeking import Keep, Records, Seek, Sought
from services.fingerprints.sought_prints import Kept
from services.fingerprints.uploads import IMAGE_BODY, PNG_ANSWER, Pictures, Probe
from shared.errors import Busy
from shared.images.refusals import ImageUnusable
from shared.records import service_kit as kit

_SENT: Final = kit.refusals(ImageUnusable, rules.TooFewMinutiae, Busy)


async def keep_print(_: Reader, probe: Probe, pictures: Pictures, keeping: Keep, records: Records) -> KeptPrint:
    """Keep a print for 72 hours, to seek it and to compare candidates with it.

    The body is the image of one finger, PNG or WSQ at 500 dpi; a slap can be sought as well. Your bureau alone is shown
    it, at most the 50 newest. Its picture is encoded anew, without metadata.
    """
    png = await pictures(probe.image or b"", "body")
    print_id = await keeping.keep(Kept(probe, png))
    sought = PrintSought(template=probe.template.to_bytes(), wanted=IdentificationQuery())
    warnings = list(query_warnings.query_warnings(sought, records.at))
    return rules.kept_print_of(print_id, probe, keeping.until, warnings)


async def get_kept_print(print_id: kit.RecordId, _: Reader, sought: Sought) -> KeptPrint:
    """Get a print that your bureau keeps, without its picture."""
    kept = await sought.read(print_id)
    return rules.kept_print_of(print_id, kept.taken, kept.until)


async def get_kept_picture(print_id: kit.RecordId, _: Reader, sought: Sought) -> Response:
    """Get the picture of a print that your bureau keeps.

    It is a PNG of the same size, of what has ridges.
    """
    return Response(await sought.picture(print_id), media_type=MediaType.PNG)


async def identify_kept_print(
    print_id: kit.RecordId, _: Reader, wanted: Annotated[IdentificationQuery, Query()], sought: Sought, search: Seek
) -> kit.Hits[FingerprintRecord]:
    """Identify a print that your bureau keeps among all on file.

    It is a search as `POST /api/fingerprints/identification` is.
    """
    return await search.among_all((await sought.read(print_id)).taken.template, wanted)


async def compare_kept_print(
    print_id: kit.RecordId, record_id: kit.RecordId, position: Position, _: Reader, sought: Sought, records: Records
) -> Verification:
    """Compare a print that your bureau keeps with one of a record.

    The first is what was sent, the second that of the record; `pairs` says which minutiae of both agree, and where they
    are. An examiner decides.
    """
    kept, enrolled = await sought.read(print_id), await records.enrolled(record_id, position)
    return await _verified(kept.taken, enrolled)


async def compare_kept_prints(
    print_id: kit.RecordId, other_id: kit.RecordId, _: Reader, sought: Sought
) -> Verification:
    """Compare two prints that your bureau keeps, as `POST /api/fingerprints/verification` does."""
    first, second = (await sought.read(print_id)).taken, (await sought.read(other_id)).taken
    for each in (first, second):
        rules.require_one_finger(each)
    return await _verified(first, second)


async def _verified(first: Print, second: Print) -> Verification:
    return rules.verification_of(*await compared(first.template, second.template), first, second)


def declare_sought_prints(router: APIRouter) -> None:
    """Declare the routes on the router of the service, before those of `/{record_id}`."""
    one = "/sought/{print_id}"
    router.post("/sought", openapi_extra=IMAGE_BODY, responses=_SENT)(keep_print)
    router.get(one, responses=kit.READ_REFUSALS)(get_kept_print)
    router.get(f"{one}/picture", response_class=Response, responses=PNG_ANSWER | kit.READ_REFUSALS)(get_kept_picture)
    router.post(
        f"{one}/identification",
        responses=kit.READ_REFUSALS | kit.refusals(Busy),
        response_description=kit.FOUND,
    )(identify_kept_print)
    router.get(f"{one}/records/{{record_id}}/{{position}}", responses=kit.READ_REFUSALS)(compare_kept_print)
    router.get(f"{one}/prints/{{other_id}}", responses=kit.READ_REFUSALS | kit.refusals(rules.SeveralFingers))(
        compare_kept_prints
    )
