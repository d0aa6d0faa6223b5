"""The replay guard: the same envelope gets its reply again, and a known id in another envelope is refused."""

from dataclasses import dataclass

import pytest

from shared.errors import Busy
from shared.protocol.envelope import SKEW_SECONDS, EnvelopeRefused, RefusalReason, RequestHead
from shared.rpc.replay import MAX_OF_ONE_SENDER, MAX_REMEMBERED, ReplayGuard


@dataclass(frozen=True)
class Reply:
    """A reply with a size."""

    size: int = 1


def head(name: str, *, sender: str = "FR", exp: float = 100.0) -> RequestHead:
    """Return the head of a request with this id."""
    return RequestHead(
        kid="kid",
        id=name,
        sender=sender,
        to="notices",
        iat=exp - 5,
        exp=exp,
        method="GET",
        target="/",
        officer="officer",
        scopes=(),
        purpose="security-check",
    )


@pytest.fixture
def guard() -> ReplayGuard[Reply]:
    """Return a guard that remembers three envelopes and ten bytes of replies."""
    return ReplayGuard(max_remembered=3, max_reply_bytes=10)


def replayed(guard: ReplayGuard[Reply], name: str, digest: str, sender: str = "FR") -> bool:
    """Return whether an envelope is refused as a replay."""
    try:
        guard.recall(head(name, sender=sender), digest)
    except EnvelopeRefused as refused:
        return refused.reason is RefusalReason.REPLAYED
    return False


def test_an_envelope_is_unknown_before_it_is_admitted(guard: ReplayGuard[Reply]) -> None:
    assert guard.recall(head("1"), "digest") is None
    assert len(guard) == 0


def test_the_same_envelope_recalls_its_reply(guard: ReplayGuard[Reply]) -> None:
    reply = Reply()
    guard.keep_reply(guard.admit(head("1"), "digest", now=0, monotonic=0), reply)
    again = guard.recall(head("1"), "digest")
    assert again is not None
    assert again.reply is reply


async def test_duplicates_wait_until_the_reply_is_known(guard: ReplayGuard[Reply]) -> None:
    """Each waiting callback is returned once."""
    answered: list[Reply] = []

    async def answer(reply: Reply) -> None:
        answered.append(reply)

    seen = guard.admit(head("1"), "digest", now=0, monotonic=0)
    again = guard.recall(head("1"), "digest")
    assert again is seen
    assert again.waiting is not None
    again.waiting.append(answer)
    waiting = guard.keep_reply(seen, Reply())
    assert waiting == [answer]
    assert seen.waiting is None


def test_a_known_id_in_another_envelope_is_refused(guard: ReplayGuard[Reply]) -> None:
    """Before and after the first envelope has its reply."""
    seen = guard.admit(head("1"), "digest", now=0, monotonic=0)
    assert replayed(guard, "1", "another digest")
    guard.keep_reply(seen, Reply())
    assert replayed(guard, "1", "another digest")


def test_the_same_id_from_another_bureau_is_another_envelope(guard: ReplayGuard[Reply]) -> None:
    guard.admit(head("1"), "digest", now=0, monotonic=0)
    assert guard.recall(head("1", sender="DE"), "digest") is None


def test_an_envelope_whose_reply_was_evicted_is_refused(guard: ReplayGuard[Reply]) -> None:
    """The oldest reply is evicted when memory is full; its request must not be executed again."""
    first, second = (guard.admit(head(name), "digest", now=0, monotonic=0) for name in "12")
    guard.keep_reply(first, Reply(6))
    guard.keep_reply(second, Reply(5))
    assert replayed(guard, "1", "digest")
    assert not replayed(guard, "2", "digest")


def test_a_reply_larger_than_the_whole_memory_is_not_kept(guard: ReplayGuard[Reply]) -> None:
    """The accounted size is correct afterwards."""
    guard.keep_reply(guard.admit(head("1"), "digest", now=0, monotonic=0), Reply(11))
    assert replayed(guard, "1", "digest")
    guard.keep_reply(guard.admit(head("2"), "digest", now=0, monotonic=0), Reply(10))
    assert not replayed(guard, "2", "digest")


def test_an_envelope_is_forgotten_once_it_has_expired_with_the_clock_skew(guard: ReplayGuard[Reply]) -> None:
    """Until then a verifier might still accept it."""
    guard.admit(head("1"), "digest", now=0, monotonic=0)
    guard.admit(head("2", exp=500), "digest", now=100 + SKEW_SECONDS, monotonic=100 + SKEW_SECONDS)
    assert len(guard) == 2
    guard.admit(head("3", exp=500), "digest", now=100 + SKEW_SECONDS + 0.001, monotonic=100 + SKEW_SECONDS + 0.001)
    assert guard.recall(head("1"), "digest") is None
    assert len(guard) == 2


def test_an_envelope_is_remembered_when_the_clock_is_set_forward(guard: ReplayGuard[Reply]) -> None:
    """The clock may be corrected while the envelope could still be accepted."""
    guard.admit(head("1"), "digest", now=100, monotonic=0)
    guard.admit(head("2", exp=1e6), "digest", now=1e6, monotonic=1)
    assert replayed(guard, "1", "another digest")


def test_a_full_memory_refuses_new_envelopes_as_busy(guard: ReplayGuard[Reply]) -> None:
    """A request that is not remembered could be executed twice."""
    for name in "123":
        guard.admit(head(name), "digest", now=0, monotonic=0)
    with pytest.raises(Busy):
        guard.admit(head("4"), "digest", now=0, monotonic=0)
    guard.admit(head("4", exp=500), "digest", now=131, monotonic=131)
    assert len(guard) == 1


def test_one_bureau_cannot_exhaust_the_shared_memory() -> None:
    """It is refused at its own limit, until its envelopes expire; others are admitted."""
    guard = ReplayGuard[Reply](max_remembered=10, max_of_one_sender=2)
    for name in "12":
        guard.admit(head(name, sender="KE"), "digest", now=0, monotonic=0)
    with pytest.raises(Busy):
        guard.admit(head("3", sender="KE"), "digest", now=0, monotonic=0)
    guard.admit(head("3", sender="FR"), "digest", now=0, monotonic=0)
    guard.admit(head("3", sender="KE", exp=500), "digest", now=131, monotonic=131)


def test_three_bureaus_together_can_exhaust_the_shared_memory() -> None:
    """Each within its own limit; others are refused until envelopes expire."""
    bound = 10 * MAX_OF_ONE_SENDER // MAX_REMEMBERED
    guard = ReplayGuard[Reply](max_remembered=10, max_of_one_sender=bound)
    together = [(name, sender) for sender in ("KE", "DE", "PL") for name in map(str, range(bound))]
    for name, sender in together[:10]:
        guard.admit(head(name, sender=sender), "digest", now=0, monotonic=0)
    with pytest.raises(Busy):
        guard.admit(head("1", sender="FR"), "digest", now=0, monotonic=0)
