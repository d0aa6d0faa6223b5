"""The kinds of records that the commands for many lines take, and how they count what became of a line."""

import pytest

from deploy.commands.check import LINE_KINDS
from deploy.commands.check_run import Counts
from deploy.commands.line_kinds import store_of_kind
from deploy.state.errors import WrongUsage
from services import SERVICES
from shared.records.batch.routes import CHECKED, ENTERED


@pytest.mark.parametrize("how", [CHECKED, ENTERED])
def test_the_help_names_each_kind_that_a_service_takes_in_lines(how: str) -> None:
    """And no other, so that each name works."""
    declared = []
    for service in SERVICES:
        _ = service.create_app
        declared += [store.model.record_kind() for store in service.metadata.info.get(how, ())]
    assert sorted(declared) == [*LINE_KINDS]
    assert {store_of_kind(name, how).model.record_kind() for name in LINE_KINDS} == {*LINE_KINDS}


def test_an_unknown_kind_is_refused_with_the_nearest_name() -> None:
    """Before any line is sent."""
    with pytest.raises(WrongUsage, match="travel-document"):
        store_of_kind("travel-documents", CHECKED)


def test_a_number_that_was_misread_is_counted_apart_from_what_was_not_found() -> None:
    """So that the summary of a list is no all-clear."""
    nothing = {"error": None, "total": 0, "near": []}
    counts = Counts()
    counts.take([{**nothing, "verdict": verdict} for verdict in ("none", "unreadable", "unreadable")])
    assert (counts.none, counts.unreadable) == (1, 2)
    assert counts.in_words(1.0, 0) == "3 lines checked: 0 with hits, 2 unreadable"
