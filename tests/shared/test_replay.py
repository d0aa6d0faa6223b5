"""The memory of a bridge: the same envelope again gets the same reply, and a known id in another is refused."""

from dataclasses import dataclass

import pytest

from shared.errors import Busy
from shared.protocol.envelope import SKEW_SECONDS, EnvelopeRefused, Reason, RequestHead
from shared.rpc.replay import MAX_OF_ONE_SENDER, MAX_REMEMBERED, ReplayGuard


@dataclass(frozen=True)
class Reply:
    """A reply of a size."""

    size: int = 1


def head(name: str, *, sender: str = "FR", exp: float = 100.0) -> RequestHead:
    """Return the head of a request with an id."""
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
    """Tell whether an envelope is refused as a replay."""
    try:
        guard.recall(head(name, sender=sender), digest)
    except EnvelopeRefused as refused:
        return refused.reason is Reason.REPLAYED
    return False


def test_a_new_envelope_is_not_known(guard: ReplayGuard[Reply]) -> None:
    """Before it is admitted nothing is remembered."""
    assert guard.recall(head("1"), "digest") is None
    assert len(guard) == 0


def test_the_same_envelope_finds_its_reply(guard: ReplayGuard[Reply]) -> None:
    """Once there is a reply, the same envelope finds it."""
    reply = Reply()
    guard.settle(guard.admit(head("1"), "digest", now=0, passed=0), reply)
    again = guard.recall(head("1"), "digest")
    assert again is not None
    assert again.reply is reply


async def test_those_who_ask_meanwhile_are_told_at_the_end(guard: ReplayGuard[Reply]) -> None:
    """Until there is a reply, the same envelope waits, and whoever waits is handed out once."""
    answered: list[Reply] = []

    async def answer(reply: Reply) -> None:
        answered.append(reply)

    seen = guard.admit(head("1"), "digest", now=0, passed=0)
    again = guard.recall(head("1"), "digest")
    assert again is seen
    assert again.waiting is not None
    again.waiting.append(answer)
    waiting = guard.settle(seen, Reply())
    assert waiting == [answer]
    assert seen.waiting is None


def test_a_known_id_in_another_envelope_is_refused(guard: ReplayGuard[Reply]) -> None:
    """An id means one envelope, before and after it is answered."""
    seen = guard.admit(head("1"), "digest", now=0, passed=0)
    assert replayed(guard, "1", "another digest")
    guard.settle(seen, Reply())
    assert replayed(guard, "1", "another digest")


def test_bureaus_do_not_take_each_others_ids(guard: ReplayGuard[Reply]) -> None:
    """The same id from another bureau is another envelope."""
    guard.admit(head("1"), "digest", now=0, passed=0)
    assert guard.recall(head("1", sender="DE"), "digest") is None


def test_an_envelope_whose_reply_is_forgotten_is_refused(guard: ReplayGuard[Reply]) -> None:
    """When memory for replies ends, the oldest reply goes; its envelope is not carried out again."""
    first, second = (guard.admit(head(name), "digest", now=0, passed=0) for name in "12")
    guard.settle(first, Reply(6))
    guard.settle(second, Reply(5))
    assert replayed(guard, "1", "digest")
    assert not replayed(guard, "2", "digest")


def test_a_reply_beyond_all_memory_is_not_kept(guard: ReplayGuard[Reply]) -> None:
    """One that is larger than the whole memory is forgotten at once, and the account is right afterwards."""
    guard.settle(guard.admit(head("1"), "digest", now=0, passed=0), Reply(11))
    assert replayed(guard, "1", "digest")
    guard.settle(guard.admit(head("2"), "digest", now=0, passed=0), Reply(10))
    assert not replayed(guard, "2", "digest")


def test_an_envelope_is_forgotten_when_it_has_expired_for_everyone(guard: ReplayGuard[Reply]) -> None:
    """An id is kept as long as a verifier might still accept its envelope, and no longer."""
    guard.admit(head("1"), "digest", now=0, passed=0)
    guard.admit(head("2", exp=500), "digest", now=100 + SKEW_SECONDS, passed=100 + SKEW_SECONDS)
    assert len(guard) == 2
    guard.admit(head("3", exp=500), "digest", now=100 + SKEW_SECONDS + 0.001, passed=100 + SKEW_SECONDS + 0.001)
    assert guard.recall(head("1"), "digest") is None
    assert len(guard) == 2


def test_an_envelope_is_remembered_though_the_clock_is_set_on(guard: ReplayGuard[Reply]) -> None:
    """It may be put right while the envelope could still be accepted."""
    guard.admit(head("1"), "digest", now=100, passed=0)
    guard.admit(head("2", exp=1e6), "digest", now=1e6, passed=1)
    assert replayed(guard, "1", "another digest")


def test_more_than_can_be_remembered_is_refused(guard: ReplayGuard[Reply]) -> None:
    """A full memory admits nothing until something expires: what is not remembered could be carried out twice."""
    for name in "123":
        guard.admit(head(name), "digest", now=0, passed=0)
    with pytest.raises(Busy):
        guard.admit(head("4"), "digest", now=0, passed=0)
    guard.admit(head("4", exp=500), "digest", now=131, passed=131)
    assert len(guard) == 1


def test_one_bureau_cannot_use_up_the_memory_of_all() -> None:
    """A sender that floods is refused at its own bound, others are still admitted, and it is again in its time."""
    guard = ReplayGuard[Reply](max_remembered=10, max_of_one_sender=2)
    for name in "12":
        guard.admit(head(name, sender="KE"), "digest", now=0, passed=0)
    with pytest.raises(Busy):
        guard.admit(head("3", sender="KE"), "digest", now=0, passed=0)
    guard.admit(head("3", sender="FR"), "digest", now=0, passed=0)
    guard.admit(head("3", sender="KE", exp=500), "digest", now=131, passed=131)


def test_three_bureaus_together_use_up_the_memory_of_all() -> None:
    """Each within its own bound: others are refused until an envelope of theirs has expired."""
    bound = 10 * MAX_OF_ONE_SENDER // MAX_REMEMBERED
    guard = ReplayGuard[Reply](max_remembered=10, max_of_one_sender=bound)
    together = [(name, sender) for sender in ("KE", "DE", "PL") for name in map(str, range(bound))]
    for name, sender in together[:10]:
        guard.admit(head(name, sender=sender), "digest", now=0, passed=0)
    with pytest.raises(Busy):
        guard.admit(head("1", sender="FR"), "digest", now=0, passed=0)
