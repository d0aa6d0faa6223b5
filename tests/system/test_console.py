"""The console of a mesh in a browser, in short: `tests/browser` has the long of it."""

from contextlib import ExitStack

import pytest

from tests.browser.checking import Axe, horizontal_bars, nothing_of, print_faults
from tests.browser.chromium import started
from tests.browser.officers import Officers, sign_in
from tests.browser.watching import Watch
from tests.system.mesh import RunningMesh


@pytest.mark.thorough
def test_an_officer_signs_in_and_sees_the_first_page(mesh: RunningMesh) -> None:
    """It violates no rule of axe and no policy, fits a telephone, and is printed."""
    with started() as browser, ExitStack() as stack:
        page = Officers(browser, mesh, {}, stack).page()
        watch = Watch(page)
        sign_in(page, mesh.base, *mesh.login("FR"))
        page.wait_for_selector("main h1")
        assert "fr.officer" in page.inner_text("header")
        nothing_of(*Axe(page).violations(), *horizontal_bars(page), *print_faults(page), *watch)
