"""How a hit is shown, whatever is kept of what was said about it."""

import pytest

from gateway.hits.rows import KeptStep
from gateway.hits.views import hit_of
from shared.protocol.payloads import ConfirmationAnswer, ConfirmationRequest
from tests.gateway.hits.notes import AT, MILLISECONDS, an_id, kept


@pytest.mark.parametrize("at", [1e300, AT])
def test_a_time_is_shown_with_later_alone(at: float) -> None:
    """What was kept with another answer may be no time, and hides nothing else that was said."""
    hit = kept()
    said = (
        ConfirmationRequest(hit=hit.note.id, number=1, urgency="urgent", due=AT + 600),
        ConfirmationAnswer(hit=hit.note.id, number=1, answer="later", at=AT),
        ConfirmationAnswer(hit=hit.note.id, number=1, answer="confirmed", at=at),
    )
    steps = [KeptStep(message=an_id(), officer="x", signed=MILLISECONDS, form=form) for form in said]
    [asked] = hit_of(hit, steps, MILLISECONDS).confirmations
    assert [(reply.answer, reply.at is None) for reply in asked.answers] == [("later", False), ("confirmed", True)]
