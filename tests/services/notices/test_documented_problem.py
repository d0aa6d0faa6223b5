"""The example in the reference of problems is what the service answers."""

import json
from pathlib import Path

from services.notices import SERVICE
from shared.clock import FixedClock
from tests.contract.test_strict_types import serving
from tests.documents import DOCS, blocks


async def test_the_documented_request_gets_the_documented_problem(tmp_path: Path, clock: FixedClock) -> None:
    examples = [json.loads(block.text) for block in blocks(DOCS / "reference" / "problems.md") if block.kind == "json"]
    _, request, problem = examples
    async with serving(SERVICE, tmp_path, clock) as client:
        answer = await client.officer("FR").post("/api/notices", json=request)
    assert answer.json() == problem
