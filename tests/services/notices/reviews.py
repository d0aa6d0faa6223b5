"""Notices and their updates as the rules make them: submitted, reviewed and published by officers."""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from services.notices import rules
from services.notices.models import NoticeRecord
from services.notices.officers import approvals_needed
from services.notices.review import rules as reviewing
from services.notices.review_models import Clearance, Decision, Finding, NoticeRefusalReason, Weight
from shared.identity import Caller
from shared.ids import uuid7
from shared.records.photographs.rules import Photograph
from shared.records.policy import Revision
from tests.conftest import NOW
from tests.services.notices.examples import EVENT, WARRANT, complete, entry, red_about
from tests.support import caller, under

STAMP = Revision(uuid7(NOW), NOW)
NOTHING = Clearance()
PICTURE = Photograph(id="62412748", width=4, height=4, bytes=9, sha256="n4bQ")
DECISION = Decision(reason=NoticeRefusalReason.ARTICLE_3)
STOPS = Finding(
    code="insult",
    reason=NoticeRefusalReason.ARTICLE_3,
    weight=Weight.STOPS,
    pointer="/facts",
    words="insulted",
    detail="An opinion.",
)
ASKS = STOPS.model_copy(update={"code": "vague", "weight": Weight.ASKS})


def officer(bureau: str, name: str) -> Caller:
    return replace(caller(bureau, "notices:read", "notices:write", "notices:review"), officer=name)


FRANCE = officer("FR", "anna")
SUPERVISED = replace(FRANCE, standing=under("supervised"))
# One of the Secretariat has the name of the French officer, and one of its unit that of another of the Secretariat.
REVIEWERS = (officer("IPSG", "anna"), officer("IPSG", "ben"), officer("IPSG-NDTF", "ben"))


def submitted(content: dict[str, Any], by: Caller = FRANCE) -> NoticeRecord:
    draft = rules.draft(entry(content), by=by, revision=STAMP)
    return rules.submit(draft, 7, by=by, revision=STAMP)


def under_review(content: dict[str, Any], by: Caller = FRANCE, **changes: Any) -> NoticeRecord:
    reviewed = reviewing.start_review(submitted(content, by), by=REVIEWERS[2], revision=STAMP)
    return reviewed.model_copy(update=changes)


def publish(notice: NoticeRecord, *officers: Caller) -> NoticeRecord:
    for each in officers:
        notice = reviewing.publish(notice, NOTHING, by=each, revision=STAMP)
    return notice


def published(content: dict[str, Any]) -> NoticeRecord:
    reviewed = under_review(content)
    return publish(reviewed, *REVIEWERS[: approvals_needed(reviewed)])


def update(notice: NoticeRecord, content: dict[str, Any], by: Caller = FRANCE) -> NoticeRecord:
    return rules.edit(notice, entry(content), by=by, revision=STAMP)


# Each member that binds, changed in a red notice in force.
BINDING: dict[str, dict[str, Any]] = {
    "subject.name": red_about(name="Courtaine"),
    "subject.forename": red_about(forename="Hugo"),
    "subject.date_of_birth": red_about(date_of_birth="1981"),
    "subject.nationalities": red_about(nationalities=["CH"]),
    "subject.aliases": red_about(aliases=["Le Grand"]),
    "subject.identities": red_about(identities=[{"name": "Dupuis"}]),
    "subject.person_status": red_about(person_status="charged"),
    "subject.documents": red_about(documents=[{"kind": "passport", "number": "19AK00417", "country": "FR"}]),
    "subject.height": red_about(height=190),
    "subject.evidence": red_about(evidence=["dna"]),
    "subject.distinguishing_marks": red_about(distinguishing_marks="He leads the opposition."),
    "warrants": complete("red", warrants=[{**WARRANT, "maximum_penalty_months": 240}]),
    "facts": complete("red", facts="Held up two jewellers."),
    "translations": complete("red", translations=[{"language": "fr", "facts": "Autre."}]),
    "event": complete("red", event={**EVENT, "place": "Elsewhere"}),
}
TRACES: dict[str, dict[str, Any]] = {
    "subject.languages": red_about(languages=["FRE"]),
}
TERMS: dict[str, dict[str, Any]] = {
    "restricted": complete("red", restricted=["PL"]),
    "addressed": complete("red", addressed=["DE"]),
    "handling": complete("red", handling="RESTRICTED"),
    "public": complete("red", public=True),
    "reference": complete("red", reference="2026/1"),
}
OFFICERS = {
    "france": FRANCE,
    "france's second": officer("FR", "ben"),
    "supervised": SUPERVISED,
    "anna": REVIEWERS[0],
    "ben": REVIEWERS[1],
    "unit": REVIEWERS[2],
}
officers = st.sampled_from(sorted(OFFICERS))
