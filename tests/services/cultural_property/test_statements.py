"""Statements show what everybody may see, to bureaus as well, and never more."""

from services.cultural_property.extracts import PublicWork
from services.cultural_property.models import Work
from tests.services.cultural_property.samples import PAINTING, PATH, enter_work
from tests.support import ServiceClient


def test_a_statement_shows_the_public_fields_of_a_work_and_no_others() -> None:
    """Besides those that are public of every record, and without that it is public."""
    of_all = {"id", "owner", "created", "updated", "version"}
    assert PublicWork.model_fields.keys() == (Work.public_fields | of_all) - {"public"}


async def test_a_bureau_is_shown_no_more_by_a_statement_than_anyone(service: ServiceClient) -> None:
    """What is not public is not in it; the owner's reference is in none."""
    public = await enter_work(service, **PAINTING, public=True, reference="NL-17", event_place="town hall")
    await enter_work(service, **PAINTING)
    answer = await service.officer("PL").get(f"{PATH}/statements", params={"title": "harbour storm"})
    assert [each["record"]["id"] for each in answer.json()["candidates"]] == [public["id"]]
    assert "NL-17" not in answer.text
    assert "town hall" not in answer.text
