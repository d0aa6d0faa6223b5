"""One form of each kind, for tests: Germany found a vehicle, whose record France owns."""

from typing import Any, Final

from shared.bureaus import BureauCode
from shared.mailbox.outbox import OutgoingPayload
from shared.protocol.payloads import (
    AlertedRecord,
    AnswerProof,
    ConfirmationAnswer,
    ConfirmationRequest,
    Escalation,
    Form,
    HitDetails,
    HitsNotice,
    Overdue,
    Publication,
    Release,
    ReviewDue,
    ReviewStep,
    ScreeningAlert,
    StandingNotice,
    TraceAnswer,
    TraceAnswerProof,
    TraceComment,
    TracedFirearm,
    TraceEscalation,
    TraceLink,
    TraceOverdue,
    TraceRequest,
    Withdrawal,
    name_of,
    write,
)
from tests.conftest import NOW

AN_ID: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
AT: Final = NOW.timestamp()

HIT: Final = HitDetails(
    id=AN_ID,
    kind="vehicle",
    record=AN_ID,
    version=1,
    owner="FR",
    finder="DE",
    officer="de.officer",
    purpose="security-check",
    how="search",
    score=1.0,
    first=AT,
    last=AT,
    request=AN_ID,
)
HITS: Final = HitsNotice(service="vehicles", hits=(HIT,))
WITHDRAWAL: Final = Withdrawal(service="vehicles", kind="vehicle", record=AN_ID, version=2, act="withdrawn", at=AT)
PUBLICATION: Final = Publication(
    service="vehicles",
    kind="vehicle",
    record=AN_ID,
    version=2,
    owner="FR",
    act="published",
    number="2026/52482",
    at=AT,
    content={"id": AN_ID, "plate": "FZ 512-KL"},
)
REVIEW: Final = ReviewDue(service="vehicles", kind="vehicle", record=AN_ID, expires=AT)
STEP: Final = ReviewStep(
    service="notices", kind="notice", record=AN_ID, version=3, number="2026/52482", act="asked", at=AT
)
REQUEST: Final = ConfirmationRequest(hit=AN_ID, number=1, urgency="urgent", due=AT + 600, remark="Is it yours?")
ANSWER: Final = ConfirmationAnswer(hit=AN_ID, number=1, answer="later", at=AT + 3600)
ESCALATION: Final = Escalation(hit=AN_ID, notice="e30", request="e30", answer="e30")
OVERDUE: Final = Overdue(hit=AN_ID, number=1, due=AT + 600)
ANSWER_PROOF: Final = AnswerProof(hit=AN_ID, answer="e30")
STANDING: Final = StandingNotice(standing="restricted", reason="compliance", since=AT, services=("vehicles",))
RELEASE: Final = Release(service="vehicles", kind="vehicle", record=AN_ID, to=("PL",), until=AT + 3600)
FIREARM: Final = TracedFirearm(make="Walther", serial_number="DEM 204881", country_of_manufacture="DE")
LINK: Final = TraceLink(origin="DE", to="ES", on="2019-05", kind="export")
TRACE_REQUEST: Final = TraceRequest(
    trace=AN_ID, number=1, urgency="urgent", due=AT + 8 * 3600, firearm=FIREARM, received=LINK
)
TRACE_ANSWER: Final = TraceAnswer(trace=AN_ID, number=1, answer="answered", link=LINK, onward=True)
TRACE_COMMENT: Final = TraceComment(trace=AN_ID, number=1, text="Which year?")
TRACE_ESCALATION: Final = TraceEscalation(trace=AN_ID, request="e30")
TRACE_OVERDUE: Final = TraceOverdue(requester="FR", trace=AN_ID, number=1, due=AT + 8 * 3600)
TRACE_ANSWER_PROOF: Final = TraceAnswerProof(requester="FR", trace=AN_ID, answer="e30")
ALERT: Final = ScreeningAlert(
    service="vehicles",
    kind="vehicle",
    owner="FR",
    partner="PARTNER-AIR",
    purpose="security-check",
    how="screening",
    country="DE",
    records=(
        AlertedRecord(
            record=AN_ID,
            version=2,
            score=1.0,
            place="Berlin airport, desk 12",
            times=40,
            first=AT,
            last=AT,
            request=AN_ID,
        ),
    ),
    more=2,
)
OF_SERVICES: Final = (HITS, WITHDRAWAL, PUBLICATION, REVIEW, STEP, ALERT)
OF_TRACES: Final = (
    *(TRACE_REQUEST, TRACE_ANSWER, TRACE_COMMENT),
    *(TRACE_ESCALATION, TRACE_OVERDUE, TRACE_ANSWER_PROOF),
)
OF_BUREAUS: Final = (REQUEST, ANSWER, ESCALATION, OVERDUE, ANSWER_PROOF, STANDING, RELEASE, *OF_TRACES)
SAID: Final = {name_of(form): form for form in (*OF_SERVICES, *OF_BUREAUS)}


def stated(form: Form, **changed: Any) -> dict[str, Any]:
    """Return the members of a message's content that hold a form."""
    return {"form": name_of(form), "body": write(form), **changed}


def statement(form: Form, to: str = "DE", **changed: Any) -> OutgoingPayload:
    """Return a form as an officer of France sends it."""
    plain: dict[str, Any] = {
        "form": form,
        "to": (BureauCode(to),),
        "officer": "fr.officer",
        "purpose": "security-check",
        "subject": "A hit",
    }
    return OutgoingPayload(**(plain | changed))
