"""What FR sees of a counterpart that was asked to confirm a hit."""

import pytest

from tests.gateway.sandbox.counterparts.integrator import Integrator

pytestmark = pytest.mark.thorough


def test_a_counterpart_confirms_after_its_delay_by_the_clock_of_the_mesh(me: Integrator) -> None:
    """The delay passes when the clock is advanced, and not before."""
    me.script(hits={"do": "confirm", "after_seconds": 300, "remark": "Seize it."})
    hit = me.requested_hit()
    assert me.get(f"/api/hits/{hit}")["state"] == "requested"
    me.advance(advance_seconds=300)
    [confirmation] = me.sees(hit, "confirmed")["confirmations"]
    [answer] = confirmation["answers"]
    assert (answer["answer"], answer["remark"], answer["late"]) == ("confirmed", "Seize it.", False)
    says = me.act("confirmed", lambda act: act["state"] == "delivered", hit=hit)["says"]
    assert says == "confirmed the hit: FR has signed that it has it"


@pytest.mark.parametrize(
    ("behaviour", "did", "state"),
    [
        ({"do": "deny"}, "denied", "not-confirmed"),
        ({"do": "postpone", "minutes": 30}, "postponed", "later"),
    ],
)
def test_a_counterpart_gives_any_answer(me: Integrator, behaviour: dict[str, object], did: str, state: str) -> None:
    """The hit is in the state of the answer."""
    me.script(hits=behaviour)
    hit = me.requested_hit()
    me.sees(hit, state)
    me.act(did, hit=hit)


def test_a_second_answer_that_contradicts_the_first_changes_nothing(me: Integrator) -> None:
    """It is in the inbox, as it is signed; the hit stays confirmed by the first one alone."""
    me.script(hits={"do": "contradict"})
    hit = me.requested_hit()
    second = me.act("contradicted", lambda act: act["state"] == "delivered", hit=hit)["sent"]
    seen = me.sees(hit, "confirmed")
    assert [answer["answer"] for answer in seen["confirmations"][0]["answers"]] == ["confirmed"]
    assert second in [each["id"] for each in me.received(seen["thread"])]


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ("wrong-key", "envelope-signature"),
        ("broken-seal", "envelope-seal"),
        ("expired-key", "envelope-key-not-valid"),
    ],
)
def test_a_flawed_answer_is_refused_with_a_signed_reason(me: Integrator, flaw: str, reason: str) -> None:
    """It is not in the inbox, and the hit waits for an answer."""
    me.script(hits={"do": "confirm", "flaw": flaw})
    hit = me.requested_hit()
    act = me.act("confirmed", lambda act: act["state"] == "refused", hit=hit)
    assert (act["flaw"], act["reason"]) == (flaw, reason)
    assert act["says"].endswith(f"FR refused it ({reason})")
    seen = me.get(f"/api/hits/{hit}")
    assert seen["state"] == "requested"
    assert act["sent"] not in [each["id"] for each in me.received(seen["thread"])]


def test_the_bureau_of_an_ended_key_signs_with_its_new_one(me: Integrator) -> None:
    """Only what a script says is flawed."""
    me.script(hits={"do": "confirm", "flaw": "expired-key"})
    me.act("confirmed", lambda act: act["state"] == "refused", hit=me.requested_hit())
    me.script(hits={"do": "confirm"})
    me.sees(me.requested_hit(), "confirmed")


def test_a_counterpart_refuses_the_request_itself_with_a_code(me: Integrator) -> None:
    """The message is refused; the hit stays requested until its deadline."""
    me.script(hits={"do": "refuse", "reason": "national-law"})
    hit = me.requested_hit("refused")
    seen = me.get(f"/api/hits/{hit}")
    assert seen["state"] == "requested"
    [recipient] = me.get(f"/api/messages/{seen['confirmations'][0]['message']}")["recipients"]
    assert recipient["reason"] == "national-law"


def test_a_record_may_have_a_behaviour_of_its_own(me: Integrator) -> None:
    """All other records have that of the counterpart."""
    me.script(hits={"do": "confirm"})
    first, second = me.hit(), me.hit()
    record = me.get(f"/api/hits/{first}")["record"]
    me.script(hits={"do": "confirm"}, records={record: {"do": "deny"}})
    for hit, state in ((first, "not-confirmed"), (second, "confirmed")):
        me.confirmation(hit)
        me.sees(hit, state)


def test_a_counterpart_that_never_answers_lets_the_deadline_pass(me: Integrator) -> None:
    """The hit expires, the Secretariat is informed, and an answer is late once another script gives it."""
    me.script(hits={"do": "ignore"})
    hit = me.requested_hit()
    me.act("ignored", hit=hit)
    me.advance(advance_seconds=11 * 60)
    me.sees(hit, "expired")
    me.until(lambda: me.get("/api/hits", "IPSG", side="secretariat", state="overdue")["items"], bool)
    me.script(hits={"do": "confirm"})
    assert me.sees(hit, "confirmed")["late"]
