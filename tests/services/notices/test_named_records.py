"""Which records a number or a reference names, for the auditors of a bureau."""

import pytest

from services import notices
from shared.records.named_records import records_named
from shared.storage import Database
from tests.conftest import NOW
from tests.services.notices.examples import complete
from tests.services.notices.steps import PATH, published
from tests.support import ServiceClient, caller


@pytest.mark.parametrize(("bureau", "sees"), [("FR", True), ("DE", True), ("IPSG", True), ("KE", False)])
async def test_a_notice_is_named_by_its_number_and_reference_for_those_who_may_see_it(
    service: ServiceClient, service_database: Database, bureau: str, *, sees: bool
) -> None:
    notice = await published(service, complete("blue", reference="PV-2026-4711", restricted=["KE"]))
    number = (await service.officer("FR").get(f"{PATH}/{notice}")).json()["number"]
    kinds = notices.SERVICE.metadata.info["stores"]
    for name, expected in ((number, [notice] if sees else []), ("PV-2026-4711", [notice] if sees else []), ("x", [])):
        assert await records_named(kinds, service_database.reading, caller(bureau), NOW, name) == expected
