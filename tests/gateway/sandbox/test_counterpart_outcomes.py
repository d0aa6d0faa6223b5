"""What is said of a change of a script that a failing mailbox refuses: whether it may have been made."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.sandbox.counterparts.conditions import Conditions
from gateway.sandbox.counterparts.models import CounterpartScript, StoredAct
from gateway.sandbox.counterparts.operations import CounterpartOperations
from gateway.sandbox.counterparts.store import CounterpartStore
from shared.background import ChangeSignal
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.errors import Busy, OutcomeUnknown
from shared.mailbox.rules import NotStored
from shared.outcomes import Outcome

DE = BureauCode("DE")
MESSAGE = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
LATER = CounterpartScript(clock_minutes=5)


class Host:
    """Opens no mailbox, or one that cannot be read."""

    def __init__(self, *, opens: bool) -> None:
        self._opens = opens

    async def of(self, _code: BureauCode) -> Any:
        """Return the mailbox of a bureau."""
        if not self._opens:
            raise NotStored("the mailbox of DE cannot be opened at the moment: try again later")
        reading = SimpleNamespace(session=SimpleNamespace(fetch=_busy))
        return SimpleNamespace(mailbox=SimpleNamespace(reading=reading, changes=ChangeSignal()))


async def _busy(*_: object) -> None:
    raise Busy("another process keeps the store locked: try again later")


@pytest.fixture
def store(tmp_path: Path) -> CounterpartStore:
    """Return scripts, of which DE has one by which it has acted."""
    store = CounterpartStore(tmp_path, SystemClock())
    store.put(DE, CounterpartScript())
    store.add(DE, StoredAct(at=datetime.now(UTC), did="read", bureau="FR", about=MESSAGE, sent=MESSAGE))
    return store


def _operations(store: CounterpartStore, *, opens: bool) -> CounterpartOperations:
    host: Any = Host(opens=opens)
    return CounterpartOperations(store, Conditions(SystemClock()), host, {DE})


async def test_a_mailbox_that_does_not_open_refuses_before_anything_is_changed(store: CounterpartStore) -> None:
    """As the refusal says."""
    before, operations = store.of(DE), _operations(store, opens=False)
    for change in (operations.put(DE, LATER), operations.remove(DE)):
        with pytest.raises(NotStored) as refused:
            await change
        assert (refused.value.outcome, store.of(DE)) == (Outcome.NOTHING_CHANGED, before)


@pytest.mark.thorough
async def test_a_mailbox_that_cannot_be_read_afterwards_leaves_the_outcome_unknown(store: CounterpartStore) -> None:
    """The script is the new one."""
    with pytest.raises(OutcomeUnknown):
        await _operations(store, opens=True).put(DE, LATER)
    stored = store.of(DE)
    assert stored is not None
    assert stored.script == LATER
