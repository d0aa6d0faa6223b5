"""The review in the console: the queue, the words that findings rest on, decisions of two officers, and questions."""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.console.words import code_in_words, known_codes
from services import SERVICES, notices
from services.notices.screening.pattern import Pattern
from services.notices.screening.patterns import PATTERNS
from tests.gateway.console.browser import Browser, rows_of, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh, client_of
from tests.services.notices.examples import WARRANT, complete

POLITICAL: Final = complete(
    "red",
    facts="He insulted the President in a speech.\n\nHe is the chairman of an opposition party.",
    warrants=[
        {**WARRANT, "charge": "Insult of the President", "law": "Penal Code s. 77", "offence": {"category": "other"}}
    ],
)
Enter = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def started(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Mesh]:
    """Start the notices alone."""
    async with AsyncExitStack() as stack:
        await mesh.start(notices.SERVICE, tmp_path, stack, number=100)
        yield mesh


@pytest.fixture
async def enter(started: Mesh) -> Enter:
    """Return a function by which a bureau enters a notice and hands it in, or takes another step with one."""

    async def send(content: dict[str, Any], step: str = "submission", bureau: str = "KE") -> dict[str, Any]:
        headers = started.bearer(bureau, "notices:read", "notices:write")
        async with client_of(started.gateway(*SERVICES)) as client:
            drafted = await client.post("/api/notices", json=content, headers=headers)
            assert drafted.status_code == 201, drafted.text
            answer = await client.post(f"/api/notices/{drafted.json()['id']}/{step}", headers=headers)
            assert answer.status_code == 200, answer.text
            handed_in: dict[str, Any] = answer.json()
            return handed_in

    return send


async def version_of(browser: Browser, notice: dict[str, Any]) -> str:
    """Return the version of a notice that its page has in the forms."""
    found = re.search('name="version" value="([0-9]+)"', (await browser.get(f"/review/{notice['id']}")).text)
    assert found
    return found[1]


@pytest.mark.thorough
async def test_a_reviewer_refuses_a_political_notice_with_a_reason(signed_in: SignedIn, enter: Enter) -> None:
    """The findings stand beside the words that they rest on; a note is required, and what was written stays."""
    notice, reviewer = await enter(POLITICAL), await signed_in("IPSG")
    queue = text_of(await reviewer.get("/review"))
    assert notice["number"] in queue
    assert "0 of 2" in queue
    page = (await reviewer.get(f"/review/{notice['id']}")).text
    marked = re.findall('<mark>(.*?)</mark><a class="reference" id="words-([0-9]+)" href="#finding-([0-9]+)"', page)
    assert ("insulted the President", "1", "1") in marked
    assert all(here == there and f'id="finding-{here}"' in page for _, here, there in marked)
    assert "Article 3 of the constitution" in page
    version = await version_of(reviewer, notice)
    step = f"/review/{notice['id']}/refuse"
    shown = await reviewer.send(step, version=version, reason="article-3", remark="")
    assert (shown.status_code, 'id="fault-remark"' in shown.text) == (422, True)
    assert 'value="article-3" required checked' in shown.text
    version = await version_of(reviewer, notice)
    done = await reviewer.send(step, version=version, reason="article-3", remark="Predominantly political.")
    assert (done.status_code, done.url.path) == (200, "/review")
    assert "It is refused." in text_of(done)
    assert notice["number"] not in text_of(done)
    statistics = text_of(await reviewer.get("/review/statistics"))
    assert "1 decision in all" in statistics
    assert "article-3,1" in (await reviewer.get("/review/statistics", format="csv")).text


@pytest.mark.thorough
async def test_reviewers_read_again_what_they_refused(signed_in: SignedIn, enter: Enter) -> None:
    """From the page after the decision, from the statistics, and from the finding of a later request."""
    older, newer = await enter(complete("blue")), await enter(POLITICAL)
    reviewer = await signed_in("IPSG")
    assert "Nothing was refused or cancelled that fits." in text_of(await reviewer.get("/review/decided"))
    for notice, reason in ((older, "other"), (newer, "article-3")):
        fields = {"version": await version_of(reviewer, notice), "reason": reason, "remark": f"Not for {reason}."}
        done = await reviewer.send(f"/review/{notice['id']}/refuse", **fields)
    assert "the reviewers see the notice no more" not in text_of(done)
    assert f'href="/review/{newer["id"]}">Show it again</a>' in done.text
    assert 'href="/review/decided"' in done.text
    decided = text_of(await reviewer.get("/review/decided"))
    for words in ("2 notices", "Not for article-3.", "ipsg.officer", newer["number"], older["number"]):
        assert words in decided
    red = await reviewer.get("/review/decided", owner="Kenya", colour="red", status="refused")
    assert older["number"] not in text_of(red)
    assert newer["number"] in text_of(red)
    rows = rows_of(await reviewer.get("/review/decided", format="csv"))
    assert [row["Reason"] for row in rows if row["Notice"] == newer["number"]] == [code_in_words("article-3")]
    assert (await reviewer.get("/review/decided", number="7")).status_code == 422
    assert (await reviewer.get("/review/decided", status="published")).status_code == 404
    shown = await reviewer.get(f"/review/{newer['id']}")
    assert "Refused: article 3" in text_of(shown)
    assert '<details name="decision"' not in shown.text
    assert re.search(
        r'href="/review/decided\?status=refused&amp;owner=KE', (await reviewer.get("/review/statistics")).text
    )
    again = await enter(POLITICAL)
    assert f'href="/review/{newer["id"]}"' in (await reviewer.get(f"/review/{again['id']}")).text
    assert newer["number"] not in text_of(await reviewer.get("/review"))


@pytest.mark.thorough
async def test_what_was_refused_is_for_the_reviewers_alone(signed_in: SignedIn, enter: Enter) -> None:
    notice, reviewer = await enter(POLITICAL), await signed_in("IPSG")
    fields = {"version": await version_of(reviewer, notice), "reason": "other", "remark": "No."}
    await reviewer.send(f"/review/{notice['id']}/refuse", **fields)
    france = await signed_in("FR")
    assert notice["number"] not in text_of(await france.get("/review/decided"))
    assert (await france.get(f"/review/{notice['id']}")).status_code == 404
    issuer = await (await signed_in("KE")).get(f"/records/notices/{notice['id']}")
    assert "ipsg.officer" not in text_of(issuer)
    assert "refused: not in force" in text_of(issuer)


@pytest.mark.thorough
async def test_the_queue_puts_forward_what_is_stopped(signed_in: SignedIn, enter: Enter) -> None:
    """Its file has words, and a wrong filter is said at its field."""
    other = await enter(complete("yellow"))
    notice, reviewer = await enter(POLITICAL), await signed_in("IPSG")
    queue = await reviewer.get("/review", owner="Kenya")
    assert "1 of these has findings that stop it." in text_of(queue)
    assert queue.text.count('<tr class="stopped">') == 1
    first = (await reviewer.get("/review", sort="stops", order="desc")).text
    assert first.index(notice["number"]) < first.index(other["number"])
    [row] = rows_of(await reviewer.get("/review", colour="red", format="csv"))
    assert (row["Colour"], row["What waits"]) == ("red", "submitted")
    wrong = await reviewer.get("/review", owner="Nowhere", waiting="never")
    assert (wrong.status_code, 'id="fault-owner"' in wrong.text, 'value="Nowhere"' in wrong.text) == (422, True, True)
    assert '<option value="never" selected>' in wrong.text
    assert (await reviewer.get("/review/statistics", year="now")).text.count('id="fault-year"') == 1


@pytest.mark.thorough
async def test_a_decision_says_what_it_needs_beside_what_it_rests_on(signed_in: SignedIn, enter: Enter) -> None:
    """Quantities have their units, and what an officer must answer stands at its field as well."""
    notice, reviewer = await enter(POLITICAL), await signed_in("IPSG")
    page = await reviewer.get(f"/review/{notice['id']}")
    assert "178 cm" in text_of(page)
    assert "120 months" in text_of(page)
    assert "Note to the bureau (required)" in text_of(page)
    form = page.text[page.text.index('id="approve"') : page.text.index('id="refuse"')]
    assert "insulted the President" in form
    assert "Ctrl+Enter" in form


@pytest.mark.thorough
async def test_a_red_notice_is_published_by_the_second_officer(signed_in: SignedIn, enter: Enter) -> None:
    """The first is told that they cannot be both; a finding that stops is to be answered by each."""
    notice = await enter(POLITICAL)
    first, second = await signed_in("IPSG"), await signed_in("IPSG", officer="ipsg.second")
    step = f"/review/{notice['id']}/approve"
    unanswered = await first.send(step, version=await version_of(first, notice))
    assert unanswered.status_code == 409
    assert '<details name="decision" id="approve" open>' in unanswered.text
    codes = set(re.findall('name="(overruled-[a-z-]+)"', unanswered.text))
    remarks = dict.fromkeys(codes, "The court convicted of a robbery alone.")
    approved = await first.send(step, version=await version_of(first, notice), **remarks)
    assert "You approved it. It takes effect when a second officer approves it as well." in text_of(approved)
    shown = await first.get(f"/review/{notice['id']}")
    assert "The next approval has to be another officer's." in html.unescape(shown.text)
    assert 'id="approve"' not in shown.text
    assert "1 of 2" in text_of(await first.get("/review", turn="other"))
    again = await first.send(step, version=str(int(await version_of(first, notice))), **remarks)
    assert again.status_code == 409
    before = await version_of(second, notice)
    stale = await second.send(step, version=str(int(before) - 1), **remarks)
    assert (stale.status_code, "it was changed since you opened it" in stale.text) == (409, True)
    published = await second.send(step, version=before, **remarks)
    assert "It is published." in text_of(published)
    assert "It does not wait for review." in text_of(await second.get(f"/review/{notice['id']}"))


@pytest.mark.thorough
async def test_a_question_holds_a_notice_until_the_bureau_answers(signed_in: SignedIn, enter: Enter) -> None:
    """Those who drafted are not asked by name, and the reviewers go on to what waits next."""
    notice, other = await enter(complete("red")), await enter(complete("yellow"))
    reviewer, kenya = await signed_in("IPSG"), await signed_in("KE")
    assert "No question is open." in text_of(await kenya.get("/review/questions"))
    version = await version_of(reviewer, notice)
    asked = await reviewer.send(f"/review/{notice['id']}/ask", version=version, text="Which <i>court</i>?")
    assert asked.url.path == f"/review/{other['id']}"
    assert f'href="/review/{notice["id"]}"' in asked.text
    assert "the bureau 1 open question" in text_of(await reviewer.get("/review"))
    open_question = await kenya.get("/review/questions")
    assert "Which &lt;i&gt;court&lt;/i&gt;?" in open_question.text
    assert "ipsg.officer" not in open_question.text
    answer = f"/review/questions/{notice['id']}"
    assert (await kenya.send(answer, text="")).status_code == 422
    answered = await kenya.send(answer, text="The High Court.")
    assert "Your answer is sent to the reviewers." in text_of(answered)
    assert "The High Court." in text_of(await reviewer.get(f"/review/{notice['id']}"))
    again = await reviewer.send(f"/review/{notice['id']}/ask", version=await version_of(reviewer, notice), text="When?")
    assert again.status_code == 200
    withdrawn = await reviewer.send(f"/review/{notice['id']}/withdraw-question", question="2")
    assert (withdrawn.url.path, "The question is withdrawn." in text_of(withdrawn)) == (f"/review/{notice['id']}", True)


@pytest.mark.thorough
async def test_an_update_that_waits_is_shown_by_what_it_changes(
    signed_in: SignedIn, enter: Enter, started: Mesh
) -> None:
    content = complete("blue", facts="Saw the robbery of a cash transport and has left the country.")
    notice, reviewer = await enter(content), await signed_in("IPSG")
    step = f"/review/{notice['id']}/approve"
    await reviewer.send(step, version=await version_of(reviewer, notice))
    changed = {**content, "facts": "Saw the robbery of a cash transport from a window."}
    async with client_of(started.gateway(*SERVICES)) as client:
        headers = started.bearer("KE", "notices:read", "notices:write")
        await client.put(f"/api/notices/{notice['id']}", json=changed, headers=headers)
    page = (await reviewer.get(f"/review/{notice['id']}")).text
    assert "<del>and has left the country.</del>" in page
    assert "<ins>from a window.</ins>" in page
    assert "What the update changes" in page
    done = await reviewer.send(step, version=await version_of(reviewer, notice))
    assert "The update is in force." in text_of(done)


@pytest.mark.thorough
async def test_a_diffusion_is_found_compliant_or_cancelled_afterwards(signed_in: SignedIn, enter: Enter) -> None:
    first, second = await enter(complete("yellow"), "diffusion"), await enter(complete("green"), "diffusion")
    reviewer = await signed_in("IPSG")
    approved = await reviewer.send(f"/review/{first['id']}/approve", version=await version_of(reviewer, first))
    assert (approved.url.path, "complies with the rules" in text_of(approved)) == (f"/review/{second['id']}", True)
    version = await version_of(reviewer, second)
    ended = await reviewer.send(f"/review/{second['id']}/refuse", version=version, reason="other", remark="No danger.")
    assert "It is cancelled." in text_of(ended)


async def test_keys_open_forms_and_send_nothing(signed_in: SignedIn, enter: Enter) -> None:
    """Each is shown where it works; what sends is a button within the form that a key opens."""
    await enter(complete("yellow"))
    notice, reviewer = await enter(complete("red")), await signed_in("IPSG")
    page = (await reviewer.get(f"/review/{notice['id']}")).text
    for key, form in (("y", "approve"), ("n", "refuse"), ("h", "ask")):
        assert re.search(f'<details name="decision" id="{form}">\\s*<summary data-key="{key}"', page)
    # Of two that were handed in at once either is the first.
    assert re.search('rel="prev" [^>]*data-key="arrowleft"|rel="next" [^>]*data-key="arrowright"', page)
    assert not re.search('<(button|form|input)[^>]*data-key="', page)


async def test_hostile_words_of_a_finding_stay_text(signed_in: SignedIn, enter: Enter) -> None:
    """Also where a mark begins or ends within them, and where characters turn the direction."""
    words = "insulted <script>alert(1)</script> the President"
    facts = f'He {words} \u202egnp.exe <img src=x onerror=alert(1)> </mark></bdi>"> and {"w" * 3800}'
    subject = {**POLITICAL["subject"], "name": "<b>Barasa</b>", "aliases": ['"><svg onload=alert(1)>']}
    notice, reviewer = await enter({**POLITICAL, "facts": facts, "subject": subject}), await signed_in("IPSG")
    for path in ("/review", f"/review/{notice['id']}"):
        page = (await reviewer.get(path)).text
        assert not re.search("<script>|<img src=x|<svg onload|<b>Barasa", page)
        assert "\u202e" not in page
    assert f"<mark>{html.escape(words)}</mark>" in page
    assert "[RIGHT-TO-LEFT OVERRIDE]" in page


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.code)
def test_each_pattern_of_the_screening_has_its_words(pattern: Pattern) -> None:
    """Its code is in no schema of the API, so that only what is entered here is translated."""
    assert code_in_words(pattern.code) in known_codes()


async def test_a_bureau_is_not_offered_the_queue(signed_in: SignedIn, enter: Enter) -> None:
    """What the API refuses the page refuses; a member of the address that is no step is not found."""
    notice, france = await enter(POLITICAL), await signed_in("FR", "notices:read", "notices:write")
    assert 'href="/review"' not in (await france.get("/")).text
    assert (await france.get("/review")).status_code == 403
    assert (await france.get(f"/review/{notice['id']}")).status_code == 404
    assert (await france.send(f"/review/{notice['id']}/approve", version="2")).status_code == 404
    reviewer = await signed_in("IPSG")
    assert (await reviewer.send(f"/review/{notice['id']}/delete", version="2")).status_code == 404
