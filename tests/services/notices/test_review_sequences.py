"""Any sequence of steps of issuers and reviewers: nobody publishes alone, and nothing that was not reviewed."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.notices import rules, updates
from services.notices.binding import binding_changes
from services.notices.colours import Colour
from services.notices.lifecycle import IN_FORCE, PUBLISHED, NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.officers import approvals_needed
from services.notices.review import rules as reviewing
from services.notices.review_models import IssuerAnswer, Question, QuestionWithdrawal
from shared.errors import Refusal
from tests.services.notices.examples import complete, entry
from tests.services.notices.reviews import (
    BINDING,
    DECISION,
    NOTHING,
    OFFICERS,
    STAMP,
    TERMS,
    TRACES,
    officer,
    officers,
    update,
)

CONTENTS = {**BINDING, **TRACES, **TERMS, "nothing": complete("red")}


class Review(RuleBasedStateMachine):
    """Any officers take any steps with a notice of France, or of the Secretariat, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.notice: NoticeRecord | None = None
        self.approved: set[tuple[str, str]] = set()

    @initialize(who=officers, colour=st.sampled_from(["red", "blue"]))
    def draft(self, who: str, colour: str) -> None:
        self.notice = rules.draft(entry(complete(colour)), by=OFFICERS[who], revision=STAMP)

    @rule(who=officers, step=st.sampled_from(["submit", "review", "withdraw", "diffuse", "ask", "drop", "answer"]))
    def step(self, who: str, step: str) -> None:
        by, notice = OFFICERS[who], self._notice
        steps: dict[str, Any] = {
            "submit": lambda: rules.submit(notice, 7, by=by, revision=STAMP),
            "review": lambda: reviewing.start_review(notice, by=by, revision=STAMP),
            "withdraw": lambda: rules.withdraw_update(notice, by=by, revision=STAMP),
            "diffuse": lambda: rules.diffuse(notice, by=by, revision=STAMP),
            "ask": lambda: reviewing.ask(notice, Question(text="Well?"), by=by, revision=STAMP),
            "drop": lambda: reviewing.withdraw_question(notice, QuestionWithdrawal(question=1), by=by, revision=STAMP),
            "answer": lambda: rules.answer(notice, IssuerAnswer(text="So."), by=by, revision=STAMP),
        }
        self._take(steps[step], by_review=False)

    @rule(who=officers, path=st.sampled_from(sorted(CONTENTS)))
    def edit(self, who: str, path: str) -> None:
        content = CONTENTS[path] if self._notice.colour is Colour.RED else complete("blue", facts=path)
        self._take(lambda: update(self._notice, content, OFFICERS[who]), by_review=False)

    @rule(who=officers, releases=st.booleans())
    def publish(self, who: str, releases: bool) -> None:
        act = reviewing.release if releases else reviewing.publish
        self._take(lambda: act(self._notice, NOTHING, by=OFFICERS[who], revision=STAMP), by_review=True)

    @rule(who=officers)
    def refuse(self, who: str) -> None:
        refuse = reviewing.refuse
        self._take(lambda: refuse(self._notice, DECISION, by=OFFICERS[who], revision=STAMP), by_review=False)

    @property
    def _notice(self) -> NoticeRecord:
        assert self.notice is not None
        return self.notice

    def _take(self, act: Any, *, by_review: bool) -> None:
        before = self._notice
        try:
            after: NoticeRecord = act()
        except Refusal:
            return
        self.notice = after
        if before.status in IN_FORCE and before.status is not NoticeStatus.DIFFUSED and not by_review:
            # Whatever was done, the content that binds is the one that was reviewed.
            assert binding_changes(before, updates.entry_of(after)) == []
        if after.status in PUBLISHED and by_review and after.pending is None:
            approving = {(each.bureau, each.officer) for each in after.approvals}
            assert len(approving) >= approvals_needed(after)
            assert not {(after.owner, name) for name in after.drafted_by} & approving

    @invariant()
    def two_officers_published_a_red_notice(self) -> None:
        """No sequence of steps of one officer publishes one, nor of officers of one bureau that is no reviewer's."""
        notice = self.notice
        if notice is not None and notice.status in PUBLISHED and approvals_needed(notice) == 2:
            assert len({(each.bureau, each.officer) for each in notice.approvals}) >= 2

    @invariant()
    def what_others_see_has_no_trace_of_the_review(self) -> None:
        """Nor of what waits."""
        if self.notice is not None:
            shown = self.notice.shown_to(officer("DE", "dora"))
            assert (shown.pending, shown.exchanges, shown.approvals, shown.drafted_by) == (None, (), (), ())


Review.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


test_no_officer_publishes_alone_and_only_what_was_reviewed_replaces_a_version_in_force = Review.TestCase
