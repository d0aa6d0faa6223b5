"""What examiners conclude of a hit in fingerprints, on the page of the hit and beside the prints of a candidate."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.console.api import part
from gateway.console.page import Page
from gateway.console.sent_forms import Form

SOURCE: Final = "/api/hits"
EXAMINED: Final = "fingerprints"


async def conclude(page: Page, hit_id: str, form: Form) -> None:
    """Add what the form of an examiner says. Raises ApiRefused."""
    draft = {"conclusion": form.one("conclusion"), "remark": form.one("remark")}
    await page.api.post(f"{SOURCE}/{part(hit_id)}/conclusions", draft)


async def hit_of(page: Page, record_id: str) -> Mapping[str, Any] | None:
    """Return the newest hit of the officer's bureau on a record, with its conclusions; None if there is none."""
    if not page.may("hits:read"):
        return None
    found = await page.api.get(SOURCE, side="finder", service=EXAMINED, record=record_id, limit=1)
    if not found["items"]:
        return None
    hit: Mapping[str, Any] = await page.api.get(f"{SOURCE}/{part(found['items'][0]['id'])}", side="finder")
    return hit
