"""The short form: every fault once, in succession, while all bureaus write. The long form is `soak`.

Only in the long form: a forgotten connection, as it is noticed only after half a minute, and gateways of more
than one process.
"""

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.faults.campaign import Campaign
from tests.faults.faults import Faults
from tests.faults.final_accounting import check_final_state, check_logs
from tests.faults.network import running_network

SEED = 247
# The number of messages that are accepted while each fault lasts.
MEANWHILE = 8
SOME_HUNDRED = 200
# Only what hangs takes as long: with a busy machine all faults together last minutes.
MAX_SECONDS = 500
# A message delivered to a process that ended is redelivered after half a minute.
SETTLE_SECONDS = 100
IN_TURN = (
    ("gateway killed", "FR"),
    ("gateway killed", "DE"),
    ("connection cut", "IT"),
    ("connection silent", "DE"),
    ("connection silent, then lost", "FR"),
    ("disk full", "DE"),
    ("started with a full disk", "IT"),
    ("broker killed", ""),
    ("store of the broker wiped", ""),
    ("disk of the broker full", ""),
    ("store wiped while the Secretariat is away", ""),
)


@pytest.mark.thorough
async def test_no_message_is_lost_or_duplicated_by_any_fault(tmp_path: Path) -> None:
    """Each accepted message is once in every inbox it was for, receipted; one bureau was away the whole time."""
    random = Random(SEED)  # noqa: S311 - nothing secret is drawn
    async with asyncio.timeout(MAX_SECONDS), running_network(tmp_path, random) as network:
        campaign = Campaign(network, Faults(network, lambda: MEANWHILE), max_pause=0.1, settle_seconds=SETTLE_SECONDS)

        async def faults() -> None:
            for kind, code in IN_TURN:
                await campaign.apply(kind, code)

        await campaign.run(faults)
        assert len(network.record.accepted) > SOME_HUNDRED
        await check_final_state(network, random, samples=15)
        check_logs(network)
