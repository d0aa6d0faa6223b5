"""Both sides of a confirmation reach the same state, in whatever order their messages come."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.hits import rules
from gateway.hits.models import OwnerAnswer
from gateway.hits.rules import Asked, ConfirmationStatus
from tests.gateway.hits.confirmations import MINUTE, NOW, result_of


class Pair:
    """Both sides of a hit, and the messages in transit between them."""

    def __init__(self) -> None:
        self.now = NOW
        self.finder = self.owner = ConfirmationStatus()
        self.to_owner: list[Asked] = []
        self.asked: dict[int, Asked] = {}
        self.to_finder: list[tuple[int, OwnerAnswer, int | None]] = []

    def step(self, kind: str, figure: int) -> None:
        """Take one step, or none where it is refused."""
        self.finder, self.owner = rules.as_of(self.finder, self.now), rules.as_of(self.owner, self.now)
        match kind:
            case "ask":
                self.ask("urgent" if figure % 2 else "routine")
            case "answer":
                self.answer(list(OwnerAnswer)[figure % 3], figure)
            case "to-owner" if self.to_owner:
                self.take(self.to_owner.pop(figure % len(self.to_owner)))
            case "to-finder" if self.to_finder:
                came = rules.answer_came(self.finder, *self.to_finder.pop(figure % len(self.to_finder)))
                self.finder = came or self.finder
            case "wait":
                self.now += figure * MINUTE

    def ask(self, urgency: Any) -> None:
        asked = result_of(lambda: rules.ask(self.finder, urgency, self.now))
        if isinstance(asked, ConfirmationStatus):
            self.finder = asked
            assert asked.due is not None
            self.to_owner.append(Asked(asked.requests, self.now, asked.due))

    def take(self, asked: Asked) -> None:
        assert rules.is_in_turn(asked, self.asked.values())
        self.asked[asked.number] = asked
        self.owner = rules.request_came(self.owner, asked.number, asked.until)

    def answer(self, reply: OwnerAnswer, minutes: int) -> None:
        until = self.now + (minutes + 1) * MINUTE if reply is OwnerAnswer.LATER else None
        answered = result_of(lambda: rules.answer(self.owner, reply, until, self.now))
        if isinstance(answered, ConfirmationStatus):
            self.owner = answered
            self.to_finder.append((answered.requests, reply, until))
            asked = self.asked[answered.requests]
            sooner = asked.until if until is None else min(asked.until, until)
            self.asked[answered.requests] = replace(asked, until=sooner)


# The finder often asks again before the answer to the previous request has arrived.
KINDS = st.sampled_from(["ask", "ask", "ask", "to-owner", "to-owner", "wait", "wait", "answer", "to-finder"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 90)), min_size=15, max_size=60))
def test_both_sides_reach_the_same_state(steps: list[tuple[str, int]]) -> None:
    """Whatever crosses, is delayed or is reordered; and each side is consistent on the way."""
    pair = Pair()
    for kind, figure in steps:
        before = (pair.finder, pair.owner)
        pair.step(kind, figure)
        for was, status in zip(before, (pair.finder, pair.owner), strict=True):
            assert (status.due is not None) == (status.state in rules.OPEN)
            assert was.requests <= status.requests <= 3
            if was.state in rules.SETTLED:
                assert status.state is was.state
    while pair.to_owner or pair.to_finder:
        pair.step("to-owner", 1)
        pair.step("to-finder", 1)
    pair.now += rules.LATEST_PROMISE
    ends = [rules.as_of(status, pair.now) for status in (pair.finder, pair.owner)]
    assert ends[0].state is ends[1].state
    assert ends[0].requests == ends[1].requests
    assert ends[0].due is None
