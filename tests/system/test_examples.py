"""What `/docs` fills in finds something in a mesh that was just started by `make run`, without a seed."""

import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from tests.examples.mesh import tour_of
from tests.examples.tour import Tour
from tests.system.mesh import PROJECT, running_mesh

pytestmark = pytest.mark.thorough

SEARCHES: Final = (
    "GET /api/notices/search",
    "GET /api/stolen-vehicles/search",
    "GET /api/stolen-vehicles/vessels/search",
    "GET /api/missing-persons/search",
    "GET /api/travel-documents/search",
    "GET /api/firearms/search",
    "GET /api/cultural-property/search",
    "GET /api/cultural-property/valuables/search",
    "GET /works-of-art/v1/search",
)


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """Start a mesh with the options of `make run`."""
    options = re.search(r"^run:.*\n\t@exec \$\(BIN\)/i247 up(.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert options is not None
    with (
        running_mesh(tmp_path_factory.mktemp("make-run") / "var", *options[1].split()) as mesh,
        httpx.Client(base_url=mesh.base, timeout=60) as client,
    ):
        yield tour_of(mesh, client)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_of_the_documents_finds_a_record(tour: Tour, name: str) -> None:
    found = tour.json_of(name)
    assert found["hits"] or found["near"], found


def test_the_check_of_the_documents_is_a_hit_in_three_registers(tour: Tour) -> None:
    """Of a document, of a person and of a car."""
    answer = tour.json_of("POST /api/checks")
    assert answer["verdict"] == "hit"
    assert {each["source"] for each in answer["hits"]} >= {"travel-documents", "notices", "stolen-vehicles"}


def test_the_search_of_find_has_an_entry_and_its_details(tour: Tour) -> None:
    """By the item id that the documents show for the second call."""
    found: Any = tour.json_of("POST /find/v1/search")
    entries = [each["item_id"] for origin in found["origins"] for each in origin["entries"]]
    details = tour.json_of("GET /find/v1/items/{item_id}")
    assert (found["code"], details["code"]) == (0, 0)
    assert details["item_id"] in entries
