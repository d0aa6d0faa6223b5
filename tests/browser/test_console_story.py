"""The story of `i247 demo` through the console: officers of two bureaus, each in their own browser, and who decides.

Each has a context of their own, which shares nothing with the others. Only the draft of the notice is entered over the
API: `tests/gateway/console/records/test_forms.py` fills in its form. The main page of each step is tried with axe, as
`test_console_pages.py` does with every page.
"""

from playwright.sync_api import Page, expect

from tests.browser.checking import axe_in_both_schemes, nothing_of
from tests.browser.officers import Officers
from tests.browser.scenes import posted
from tests.browser.watching import Watch
from tests.services.notices.examples import complete
from tests.system.mesh import RunningMesh

CAR = {"plate": "FZ 512 KL", "country": "FR", "make": "Renault", "theft_date": "2026-05-02"}
HIT = "article.hit"
VERDICT = ".verdict"


def enter_car(france: Page) -> str:
    """Enter a stolen car by the form, and return the address of its record."""
    france.goto("/records/stolen-vehicles/new")
    for name, value in CAR.items():
        france.fill(f"[name='/{name}']", value)
    france.press("[name='/make']", "Enter")
    expect(france.locator("main")).to_contain_text("The record is entered.")
    return france.url.partition("?")[0]


def search(officer: Page, text: str, verdict: str) -> None:
    """Type into the one box, and wait for what it comes to."""
    officer.goto("/")
    officer.fill("#q", text)
    officer.press("#q", "Enter")
    expect(officer.locator(VERDICT)).to_contain_text(verdict)


def test_a_stolen_car_is_found_confirmed_and_withdrawn(
    officers: Officers, mesh: RunningMesh, documented: RunningMesh
) -> None:
    """By keys where it is urgent; what one officer does, the page of the other shows without being loaded again."""
    france, germany = officers.page("FR"), officers.page("DE")
    watches = [Watch(france), Watch(germany)]
    car = enter_car(france)
    search(germany, "fz 512-kl FR", "HIT 1 record fits.")
    nothing_of(*axe_in_both_schemes(germany))
    germany.focus(HIT)
    germany.keyboard.press("c")
    germany.keyboard.press("Enter")
    expect(germany.locator(HIT)).to_contain_text("Time that is left to the owner:")
    expect(france.locator("#waiting-hits")).to_contain_text("hits wait for your answer")
    france.click("nav a[href='/hits']")
    france.get_by_role("link", name="Show what the records are").click()
    france.locator("main tbody tr", has_text="FZ 512 KL").locator("a").first.click()
    expect(france.locator("main h1")).to_contain_text("FZ 512 KL Renault")
    nothing_of(*axe_in_both_schemes(france))
    germany.locator(HIT).get_by_role("link", name="Open the hit").click()
    expect(germany.locator("#conversation")).to_contain_text("confirmation requested")
    france.keyboard.press("y")
    france.keyboard.press("Enter")
    expect(france.locator("main")).to_contain_text("You confirmed the hit.")
    expect(germany.locator("#conversation")).to_contain_text("The owner says that the record is right and in force.")

    france.goto(car)
    france.get_by_role("link", name="Withdraw").click()
    france.locator("main form button.danger").click()
    expect(france.locator("main")).to_contain_text("withdrawn")
    search(germany, "FZ512KL FR", "NO HIT")
    assert [fault for watch in watches for fault in watch] == []


def test_a_red_notice_is_published_by_two_reviewers_and_found_by_a_misspelt_name(
    officers: Officers, mesh: RunningMesh, documented: RunningMesh
) -> None:
    """Its bureau hands it in, others find it once two officers of the Secretariat have approved it."""
    with mesh.client("FR") as client:
        notice = posted(client, "/api/notices", complete("red"))["id"]
    france, germany = officers.page("FR"), officers.page("DE")
    france.goto(f"/records/notices/{notice}")
    expect(france.locator("main")).to_contain_text("Draft: not in force", ignore_case=True)
    france.get_by_role("link", name="Submit for review").click()
    france.locator("main form button.primary").click()
    expect(france.locator("main")).to_contain_text("The notice is submitted for review.")
    search(germany, "Marveller Etienne 1980", "NO HIT")
    for reviewer, said in (
        (officers.page("IPSG"), "It takes effect when a second officer approves it as well."),
        (officers.page("IPSG", "reviewer"), "It is published."),
    ):
        reviewer.goto(f"/review/{notice}")
        nothing_of(*axe_in_both_schemes(reviewer))
        reviewer.keyboard.press("y")
        expect(reviewer.locator("button:focus")).to_contain_text("Approve")
        reviewer.keyboard.press("Enter")
        expect(reviewer.locator("main")).to_contain_text(said)
    search(germany, "Marveller Etienne 1980", "Locate and arrest this person")
    expect(germany.locator(HIT)).to_contain_text("Marveller was asked, Marvellier is in the record")
    france.reload()
    expect(france.locator("main")).to_contain_text("Red notice")


def test_an_auditor_explains_to_a_judge_why_a_record_was_shown(officers: Officers, played: RunningMesh) -> None:
    """From the request on a printout to the sentence and the proof."""
    auditor = officers.page("DE", "auditor")
    auditor.goto("/audit?operation=search_vehicles")
    auditor.locator("main a[href^='/audit/entries/stolen-vehicles/']").first.click()
    expect(auditor.locator("main")).to_contain_text("de.officer")
    nothing_of(*axe_in_both_schemes(auditor))
    with auditor.expect_download() as proof:
        auditor.locator("a[href$='/proof']").first.click()
    assert proof.value.suggested_filename.endswith(".json")
