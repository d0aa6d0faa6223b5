"""An operator bounds the questions without a token by settings of the gateway process."""

from pathlib import Path

import httpx
import pytest

from tests.system.mesh import running_mesh

QUESTIONS = 60
SEARCH = "/works-of-art/v1/search"
STORM = {"title": "storm"}


@pytest.mark.thorough
def test_questions_without_a_token_are_bounded_as_the_operator_sets(tmp_path: Path) -> None:
    """Of an address that a proxy states, and of all; officers ask as before."""
    settings = {"I247_PUBLIC_QUESTIONS": str(QUESTIONS), "I247_PUBLIC_QUESTIONS_PER_ADDRESS": "2"}
    with running_mesh(tmp_path / "state", I247_TRUSTED_PROXIES="127.0.0.1", **settings) as mesh:
        with httpx.Client(base_url=f"http://127.0.0.1:{mesh.environment['I247_PORT']}", timeout=60) as anyone:
            proxied = {"X-Forwarded-For": "203.0.113.7"}
            of_gallery = [anyone.get(SEARCH, params=STORM, headers=proxied).status_code for _ in range(3)]
            assert of_gallery == [200, 200, 429]
            answered = 2
            while (answer := anyone.get(SEARCH, params=STORM)).status_code == 200:
                answered += 1
        # One more for each minute that it takes.
        assert QUESTIONS <= answered <= QUESTIONS + 5
        assert (answer.status_code, 1 <= int(answer.headers["retry-after"]) <= 60) == (429, True)
        with mesh.client("FR") as france:
            found = france.get("/api/cultural-property/search", params=STORM)
            assert found.status_code == 200, found.text
