"""Fingerprints through the application, as an officer's system sees them.

Most tests read prints from images that only name a finger; those at the end extract from real images.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import wsq  # noqa: F401 - enters the format into Pillow
from PIL import Image

from services import fingerprints
from services.fingerprints.extraction import Extractor
from services.fingerprints.synthetic_prints import Finger
from shared.clock import FixedClock
from shared.images.pool import WorkersBusy
from tests.conftest import client_of
from tests.services.fingerprints.samples import CASE, SLAP, KnownPrints, described
from tests.services.fingerprints.test_images import saved
from tests.support import ServiceClient

PATH = "/api/fingerprints"
PNG = {"Content-Type": "image/png"}


@pytest.fixture
async def extracting(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    """Run the service with real extraction."""
    async with client_of(fingerprints.SERVICE, tmp_path, clock) as client:
        yield client


@pytest.fixture
async def service(extracting: ServiceClient) -> ServiceClient:
    """Run the service with images that name a finger, as extraction takes half a second."""
    extracting.app.state.prints = KnownPrints()
    return extracting


async def enter(service: ServiceClient, bureau: str = "ES", **changes: Any) -> str:
    response = await service.officer(bureau).post(PATH, json=described(**changes).model_dump(mode="json"))
    assert response.status_code == 201, response.text
    return f"{PATH}/{response.json()['id']}"


async def enrol(service: ServiceClient, record: str, image: bytes, bureau: str = "ES", **placed: Any) -> httpx.Response:
    placed = {"position": 2, **placed}
    return await service.officer(bureau).post(f"{record}/impressions", params=placed, content=image, headers=PNG)


async def identify(service: ServiceClient, image: bytes, bureau: str = "PT", **wanted: Any) -> dict[str, Any]:
    response = await service.officer(bureau).post(f"{PATH}/identification", params=wanted, content=image, headers=PNG)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def verify(service: ServiceClient, first: bytes, second: bytes) -> httpx.Response:
    return await service.officer("PT").post(f"{PATH}/verification", files={"first": first, "second": second})


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("urn:i247:problem:")


async def test_an_enrolled_print_is_listed_with_its_record(service: ServiceClient) -> None:
    """Its image is at the location in the answer, byte for byte and with its media type."""
    record = await enter(service)
    response = await enrol(service, record, b"7", kind="plain")
    assert response.status_code == 201
    portugal = service.officer("PT")
    read = (await portugal.get(record)).json()
    assert read == response.json()
    assert [(held["position"], held["kind"], held["image"]) for held in read["prints"]] == [(2, "plain", "image/png")]
    image = await portugal.get(response.headers["location"])
    assert (image.status_code, image.content, image.headers["content-type"]) == (200, b"7", "image/png")
    assert image.headers["i247-handling"] == "OFFICIAL_USE"


async def test_an_image_carries_its_handling_code_and_conditions_in_a_header(service: ServiceClient) -> None:
    """As it is no record itself; a text in any script is encoded as in RFC 8187."""
    text = "Nur nach Rücksprache; 'K2' \"sofort\" 100 % 警察"
    record = await enter(service, handling="RESTRICTED", conditions=["H1", "H3"], other_condition=text)
    image = await service.officer("PT").get((await enrol(service, record, b"7")).headers["location"])
    stated = Message()
    stated["I247-Handling"] = image.headers["i247-handling"]
    assert stated["I247-Handling"].partition(";")[0] == "RESTRICTED H1 H3"
    parameter = stated.get_param("other_condition", header="I247-Handling")
    assert isinstance(parameter, tuple)
    assert collapse_rfc2231_value(parameter) == text


async def test_another_impression_of_a_finger_finds_its_record(service: ServiceClient) -> None:
    """The hit states its score and finger, and leaves the decision to an examiner."""
    record = await enter(service)
    await enrol(service, record, b"7")
    answer = await identify(service, b"7/1")
    assert (answer["total"], f"{PATH}/{answer['hits'][0]['record']['id']}") == (1, record)
    assert answer["hits"][0]["score"] > 0.1
    assert answer["hits"][0]["match"].endswith("an examiner decides")
    for nothing in (await identify(service, b"8/1"), await identify(service, b"7/1", position=3)):
        assert (nothing["hits"], nothing["total"]) == ([], 0)


async def test_a_slap_is_searched_with_a_warning_and_neither_enrolled_nor_compared(service: ServiceClient) -> None:
    """A template is of one finger: a record would hold the minutiae of four as those of one."""
    answer = await identify(service, SLAP)
    assert ("several-fingers", "") in [(each["code"], each["pointer"]) for each in answer["warnings"]]
    assert "several-fingers" not in [each["code"] for each in (await identify(service, b"7"))["warnings"]]
    record = await enter(service)
    for at, response in (("", await enrol(service, record, SLAP)), ("/second", await verify(service, b"7", SLAP))):
        assert refusal(response) == (422, "several-fingers")
        assert [each["pointer"] for each in response.json()["errors"]] == [at]
        assert "1400 x 700 pixels" in response.json()["detail"]
    assert (await service.officer("ES").get(record)).json()["prints"] == []


async def test_prints_are_verified_at_the_threshold(service: ServiceClient) -> None:
    """Two impressions of one finger match, those of two fingers do not; nothing is stored."""
    genuine, impostor = await verify(service, b"7", b"7/1"), await verify(service, b"7", b"8")
    assert (genuine.json()["match"], impostor.json()["match"]) == (True, False)
    assert genuine.json()["score"] >= genuine.json()["threshold"] > impostor.json()["score"]
    assert genuine.json()["first"]["minutiae"] > 20
    assert (await service.officer("PT").get(PATH)).json()["items"] == []


async def test_only_the_owner_enrols_corrects_and_withdraws(service: ServiceClient) -> None:
    """Another bureau gets 403 not-the-owner, before its image is read."""
    record, portugal = await enter(service), service.officer("PT")
    assert refusal(await enrol(service, record, b"not an image", "PT")) == (403, "not-the-owner")
    assert refusal(await portugal.put(record, json=CASE)) == (403, "not-the-owner")
    assert refusal(await portugal.post(f"{record}/withdrawal")) == (403, "not-the-owner")
    corrected = await service.officer("ES").put(record, json={**CASE, "remark": "Scar"})
    assert (corrected.json()["remark"], corrected.json()["version"]) == ("Scar", 2)


async def test_a_withdrawn_record_is_no_candidate_and_can_neither_be_read_nor_changed(service: ServiceClient) -> None:
    """Other bureaus get 404; the owner gets 409 illegal-step for another print."""
    record = await enter(service)
    await enrol(service, record, b"7")
    assert (await identify(service, b"7"))["total"] == 1
    assert (await service.officer("ES").post(f"{record}/withdrawal")).json()["status"] == "withdrawn"
    assert (await identify(service, b"7"))["total"] == 0
    assert refusal(await service.officer("PT").get(f"{record}/impressions/2")) == (404, "not-found")
    assert refusal(await enrol(service, record, b"7")) == (409, "illegal-step")


async def test_a_barred_bureau_cannot_distinguish_a_record_from_a_missing_one(service: ServiceClient) -> None:
    """It gets the same answer to each request as if the record did not exist."""
    before = await identify(service, b"7", "PL", least_score=0.01)
    record = await enter(service, restricted=["PL"])
    await enrol(service, record, b"7")
    poland = service.officer("PL")
    assert await identify(service, b"7", "PL", least_score=0.01) == before
    assert before["hits"] == []
    assert (await poland.get(PATH)).json() == {"items": [], "next": None, "withheld": 0}
    for response in (
        await poland.get(record),
        await poland.get(f"{record}/impressions/2"),
        await poland.put(record, json=CASE),
        await enrol(service, record, b"7", "PL"),
    ):
        assert refusal(response) == (404, "not-found")
    assert (await identify(service, b"7", "PT"))["hits"][0]["record"]["restricted"] == []


async def test_a_record_is_visible_to_no_bureau_after_its_retention(service: ServiceClient, clock: FixedClock) -> None:
    """Which ends five years after it was entered."""
    record = await enter(service)
    await enrol(service, record, b"7")
    clock.advance(timedelta(days=5 * 365))
    assert (await identify(service, b"7", "ES"))["total"] == 0
    assert refusal(await service.officer("ES").get(f"{record}/impressions/2")) == (404, "not-found")


async def test_prints_are_searched_and_listed_by_the_status_of_the_person(service: ServiceClient) -> None:
    """Prints of others take no part, and leave no candidate of theirs."""
    records = {status: await enter(service, person_status=status) for status in ("suspect", "convicted")}
    for record in records.values():
        assert (await enrol(service, record, b"7")).status_code == 201
    for status, record in records.items():
        found = await identify(service, b"7/1", person_status=status)
        assert [f"{PATH}/{hit['record']['id']}" for hit in found["hits"]] == [record]
        assert [hit["record"]["person_status"] for hit in found["hits"]] == [status]
        listed = (await service.officer("PT").get(PATH, params={"person_status": status})).json()["items"]
        assert [f"{PATH}/{each['id']}" for each in listed] == [record]
    assert (await identify(service, b"7/1"))["total"] == 2


@pytest.mark.parametrize("media", ["application/json", "image/jpeg", "application/octet-stream", "", "text/image/png"])
async def test_a_body_of_another_media_type_is_refused(service: ServiceClient, media: str) -> None:
    """The refusal names the two media types that are accepted."""
    response = await service.officer("PT").post(
        f"{PATH}/identification", content=b"7", headers={"Content-Type": media} if media else {}
    )
    assert refusal(response) == (415, "unsupported-media-type")
    assert "image/png or image/x-wsq" in response.json()["detail"]


async def test_a_media_type_may_have_parameters_and_upper_case_letters(service: ServiceClient) -> None:
    """RFC 9110 section 8.3.1."""
    headers = {"Content-Type": "Image/X-WSQ; rate=0.75"}
    response = await service.officer("PT").post(f"{PATH}/identification", content=b"7", headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("position", [0, 11, "thumb", None])
async def test_an_unknown_finger_is_refused(service: ServiceClient, position: Any) -> None:
    """Fingers are numbered from 1 to 10."""
    record = await enter(service)
    assert refusal(await enrol(service, record, b"7", position=position)) == (422, "invalid")
    assert (await service.officer("ES").get(record)).json()["version"] == 1


async def test_a_verification_without_two_images_is_refused(service: ServiceClient) -> None:
    """The missing one is named; a body that is not a form is refused as well."""
    portugal = service.officer("PT")
    response = await portugal.post(f"{PATH}/verification", files={"first": b"7"})
    assert refusal(response) == (422, "invalid")
    assert [error["pointer"] for error in response.json()["errors"]] == ["/second"]
    response = await portugal.post(f"{PATH}/verification", content=b"7", headers=PNG)
    assert refusal(response) == (415, "unsupported-media-type")


async def test_enrolling_a_print_needs_the_scope_to_write(service: ServiceClient) -> None:
    """It is checked before the image."""
    record = await enter(service)
    reader = service.officer("ES", "fingerprints:read")
    response = await reader.post(f"{record}/impressions?position=2", content=b"7", headers=PNG)
    assert refusal(response) == (403, "scope-missing")


@pytest.mark.thorough
async def test_an_image_is_refused_as_busy_while_too_many_are_waiting(
    extracting: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The officer can try again later, and is not kept waiting."""

    async def refuse(*_: object) -> None:
        raise WorkersBusy("16 images are already waiting")

    monkeypatch.setattr(Extractor, "template", refuse)
    response = await verify(extracting, Finger(7).png(), b"")
    assert refusal(response) == (503, "busy")


@pytest.mark.thorough
async def test_images_are_extracted_compared_and_found(extracting: ServiceClient) -> None:
    """As PNG and as WSQ, from a raw body and from a form; another finger does not match."""
    finger, stranger = Finger(7), Finger(8).png()
    pixels = Image.fromarray(finger.impression(1))
    enrolled = saved(pixels, "WSQ")
    record = await enter(extracting)
    headers = {"Content-Type": "image/x-wsq"}
    response = await extracting.officer("ES").post(
        f"{record}/impressions?position=2", content=enrolled, headers=headers
    )
    assert response.status_code == 201, response.text
    held = response.json()["prints"][0]
    assert (held["image"], held["width"], held["height"]) == ("image/x-wsq", 320, 400)
    assert held["minutiae"] > 20
    answer = await identify(extracting, finger.png(2))
    assert [f"{PATH}/{hit['record']['id']}" for hit in answer["hits"]] == [record]
    image = await extracting.officer("PT").get(response.headers["location"])
    assert (image.content, image.headers["content-type"]) == (enrolled, "image/x-wsq")
    assert (await verify(extracting, image.content, finger.png(2))).json()["match"] is True
    assert (await verify(extracting, image.content, stranger)).json()["match"] is False


@pytest.mark.thorough
async def test_an_unusable_image_is_refused_with_its_fault(extracting: ServiceClient) -> None:
    """The refusal names the part of the request and the fault, and for a poor print the number of its minutiae."""
    png = Finger(7).png()
    for image, reason in (
        (b"", "the image is empty"),
        (b"GIF89a" + bytes(100), "the image is neither PNG nor WSQ"),
        (saved(np.full((200, 200), 240, np.uint8)), "the image shows no print"),
        (saved(np.zeros((200, 200), np.uint8), dpi=(300, 300)), "resample it to 500 dpi"),
        (png[:3000], "damaged"),
    ):
        response = await extracting.officer("PT").post(f"{PATH}/identification", content=image, headers=PNG)
        assert refusal(response) == (422, "image-unusable")
        assert reason in response.json()["detail"]
        assert response.json()["errors"] == [{"in": "body", "pointer": "", "detail": response.json()["detail"]}]
    response = await verify(extracting, png, b"nothing")
    [error] = response.json()["errors"]
    assert response.json()["detail"] == f"second: {error['detail']}"
    assert error["detail"].startswith("the image is neither PNG nor WSQ")
    poor = np.full((200, 200), 240, np.uint8)
    poor[60:140, 60:140] = Finger(7).impression()[160:240, 120:200]
    response = await extracting.officer("PT").post(f"{PATH}/identification", content=saved(poor), headers=PNG)
    assert refusal(response) == (422, "too-few-minutiae")
    assert (response.json()["minutiae"] < response.json()["needed"], response.json()["needed"]) == (True, 12)
