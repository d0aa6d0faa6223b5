"""The route that lists the test identities of a sandbox."""

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.sandbox.dependencies import TheSandbox
from gateway.sandbox.same_site import REFUSED_TO_OTHERS, SAME_SITE
from shared.compat.strict_routes import StrictRoute


class TestIdentity(BaseModel):
    """A made-up person, vehicle, document or print, and what a search for it shows an officer of FR."""

    __test__ = False  # not a test of pytest

    service: str = Field(examples=["stolen-vehicles"])
    outcome: str = Field(description="What happens.", examples=["exact"])
    meaning: str = Field(description="The same in words.", examples=["one hit, and all that was asked fits"])
    search: str = Field(description="The path of the search.", examples=["/api/stolen-vehicles/search"])
    query: dict[str, str] = Field(description="Its parameters.", examples=[{"plate": "TST 101 AAA", "country": "DE"}])
    file: str | None = Field(
        description="The file to send instead, below `sandbox/identities` of the state directory; null for none.",
        examples=[None],
    )
    total: int | None = Field(description="The `total` that is answered; null for a refusal.", examples=[1])


class TestIdentities(BaseModel):
    """All test identities."""

    __test__ = False  # not a test of pytest

    items: list[TestIdentity]


router = APIRouter(prefix="/sandbox", tags=["sandbox"], route_class=StrictRoute, dependencies=[SAME_SITE])


@router.get("/identities", responses=REFUSED_TO_OTHERS)
async def list_identities(sandbox: TheSandbox) -> TestIdentities:
    """List the test identities.

    They are made-up records with a known outcome of the search for each, in every sandbox from its start, and again
    after each reset.
    """
    listed = (msgspec.structs.asdict(each) for each in sandbox.identities)
    return TestIdentities(items=[TestIdentity.model_validate(each) for each in listed])
