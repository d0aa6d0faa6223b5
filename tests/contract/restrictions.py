"""Lets an asker see records before they are hidden from it, and compares the answers with those after a deletion."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Final

from shared.protocol.envelope import MAX_LIFETIME_SECONDS
from shared.service import Service
from tests.contract.askers import BUREAU, BYSTANDER, OWNER, Asker
from tests.contract.comparison import Comparison, ask_about, operations_in
from tests.contract.guessed_requests import Clues, Guesses
from tests.contract.hidden_records import Secret
from tests.contract.noninterference import Worlds, worlds_of
from tests.contract.operations import Operation

# Until then an earlier answer may be under way.
SETTLED: Final = timedelta(seconds=MAX_LIFETIME_SECONDS + 60)
RESTRICTION: Final = "/restriction"
# Such notices are kept until their time or reviewed as they are, whatever the owner wants. One that is addressed to a
# bureau is not barred from it as well.
FIXED: Final = frozenset({"refused", "cancelled", "submitted", "under-review", "waiting"})
# Nobody is barred from one of these while it is public, so it is made so no longer.
NEVER_BOTH: Final = frozenset({"Work"})


def compare_later(service: Service, folder: Path, times: int, asker: Asker = BUREAU) -> Comparison:
    """Send requests about records that the asker saw before: deleted in one world, hidden in another, or open."""
    return asyncio.run(_compare_later(worlds_of(service, folder, asker, all_open=True), times))


async def _compare_later(opening: AbstractAsyncContextManager[Worlds], times: int) -> Comparison:
    async with opening as worlds:
        before, after = (Comparison(worlds, operations_in(worlds.without.app)) for _ in range(2))
        for operation in before.operations:
            await ask_about(before, operation, slice(times))
        await worlds.work()
        ended = _some_of_each_kind(worlds.secrets, times)
        for secret in ended:
            await _end(before, secret)
        after.returned_ids |= before.returned_ids
        for passing in (timedelta(), SETTLED):
            worlds.clock.advance(passing)
            await worlds.work()
            for operation in after.operations:
                await ask_about(after, operation, slice(times))
                await _ask_by_id(after, operation, ended)
        after.received = {name: world.notifications_to(worlds.asker.code) for name, world in worlds.by_name.items()}
        return after


async def _ask_by_id(comparison: Comparison, operation: Operation, secrets: Sequence[Secret]) -> None:
    """Send ids of records as the asker wherever one is accepted: in a filter, or as a position in a list."""
    if operation.method != "GET" or any(operation.parameters(place, required=True) for place in ("path", "query")):
        return
    for name, schema in operation.parameters("query", required=False).items():
        for secret in secrets:
            if operation.schemas.fitting(schema, [secret.id]):
                await comparison.ask(operation, secret, operation.request({}, {name: secret.id}))


def _some_of_each_kind(secrets: Sequence[Secret], count: int) -> list[Secret]:
    deletable = [each for each in secrets if each.content["status"] not in FIXED and not each.content["addressed"]]
    kinds = sorted({secret.kind for secret in secrets})
    return [each for kind in kinds for each in [secret for secret in deletable if secret.kind == kind][:count]]


async def _end(comparison: Comparison, secret: Secret) -> None:
    """As the owner, delete a record in the first world, hide it in the second, and read it in the third.

    Another bureau has read it before.
    """
    operations = {(operation.method, operation.path): operation for operation in comparison.operations}
    record = {"record_id": secret.id}
    for (method, path), restriction in operations.items():
        if method == "PUT" and path.endswith(RESTRICTION) and secret.kind in restriction.shows:
            of_record = path.removesuffix(RESTRICTION)
            closed = comparison.worlds.asker.closed_content
            if secret.kind in NEVER_BOTH and secret.content["public"]:
                closed = {**closed, "public": False}
            change = operations["PUT", of_record] if "public" in closed else restriction
            hiding = Guesses(change, Clues({**secret.content, **closed}, (), secret.images)).restated()
            await comparison.worlds.ask(BYSTANDER, operations["GET", of_record].request(record, {}))
            answers = await comparison.worlds.ask_each(
                OWNER,
                operations["DELETE", of_record].request(record, {}),
                hiding,
                operations["GET", of_record].request(record, {}),
            )
            assert [answer.status for answer in answers] == [204, 200, 200]
