"""Passing on a record with the condition H2: its owner lets a holder do so, and the holder sees to which bureaus."""

import httpx
import pytest

from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh

SCOPES = ("stolen-vehicles:read", "stolen-vehicles:write")
CAR = {"plate": "GA417XR", "country": "FR", "make": "Renault", "theft_date": "2026-05-02", "conditions": ["H2"]}


@pytest.mark.thorough
async def test_an_owner_lets_a_holder_pass_a_record_on(
    gateway: httpx.ASGITransport, started: Mesh, signed_in: SignedIn
) -> None:
    france, germany = await signed_in("FR"), await signed_in("DE")
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        entered = await client.post("/api/stolen-vehicles", json=CAR, headers=started.bearer("FR", *SCOPES))
    page = f"/records/stolen-vehicles/{entered.json()['id']}"
    assert "has given your bureau none" in text_of(await germany.get(page))
    assert f"{page}/release" not in (await germany.get(page)).text
    assert f"{page}/release" in (await france.get(page)).text
    assert (await germany.get(f"{page}/release")).status_code == 403
    missing = await france.send(f"{page}/release", **{"/holder": "Germany"})
    assert (missing.status_code, "is required" in text_of(missing)) == (422, True)
    fields = {"/holder": "Germany", "/to": ["Kenya"], "/until": "2026-08-31"}
    released = await france.send(f"{page}/release", **fields)
    assert released.url.path == page
    assert "Your permission is signed and on its way." in text_of(released)
    seen = text_of(await germany.until(page, "By the word of its owner"))
    assert "KE , until 31 Aug 2026, 23:59:59 UTC" in seen, seen[-900:]
    assert "By the word of its owner" not in text_of(await (await signed_in("KE")).get(page))
