"""The verdict of a check, whatever its registers answer."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.checks.answers import Found, FoundRecord, SearchWarning, SourceAnswer, Why
from gateway.checks.find_models import Origin
from gateway.checks.find_views import find_answer
from gateway.checks.models import CheckVerdict, SourceState
from gateway.checks.registers import REGISTERS, Register
from gateway.checks.rules import ANSWERS, headline, ranked, verdict_of
from gateway.checks.views import check_answer
from shared.find_codes import FindCode

INPUTS = {
    "document.issuer": "FRA",
    "document.number": "19AK00417",
    "name": "Jean Dupont",
    "date_of_birth": "1987-04-19",
    "plate": "AB 1",
    "country": "IT",
    "serial": "77204913",
    "make": "Omega",
}
IDS = [f"0197a3c2-4a1d-7b2f-8e10-3c4d5e6f70{number}" for number in (81, 82, 83)]
COLOURS = ("red", "yellow", "green", None)


@st.composite
def record(draw: st.DrawFn, register: Register) -> FoundRecord:
    """Return a record that a register shows, which meets its questions well or badly."""
    scores = st.sampled_from((1.0, 0.95, 0.8))
    why = tuple(
        Why(parameter, INPUTS[name], "x", draw(scores))
        for question in register.asked(INPUTS)
        for name, parameter in question.parameters.items()
        if name in INPUTS
    )
    shown = {"id": draw(st.sampled_from(IDS)), "owner": "FR", "colour": draw(st.sampled_from(COLOURS))}
    return FoundRecord(draw(scores), "number", why, shown)


@st.composite
def source(draw: st.DrawFn, register: Register) -> SourceAnswer:
    """Return what a register answers, or that it does not."""
    asked = SourceAnswer(register, register.asked(INPUTS), register.uses(INPUTS))
    silent = draw(st.sampled_from((None, *(state for state in SourceState if state not in ANSWERS))))
    if silent is not None:
        return asked._replace(state=silent, detail="silent")
    records = st.lists(record(register), max_size=3).map(tuple)
    codes = draw(st.lists(st.sampled_from(("withheld", "name-common", "name-cut")), max_size=1))
    warnings = tuple(SearchWarning(code, "", "") for code in codes)
    hits = draw(records)
    found = Found(hits, len(hits) + draw(st.sampled_from((0, 3))), draw(records), warnings)
    is_none = not (found.hits or found.near or found.total or "withheld" in codes)
    return asked._replace(state=SourceState.NONE if is_none else SourceState.ANSWERED, found=(found,))


SOURCES = st.tuples(*(st.one_of(st.none(), source(each)) for each in REGISTERS)).map(
    lambda some: [each for each in some if each is not None]
)


@given(SOURCES)
def test_only_registers_that_all_answered_and_have_nothing_make_no_hit(sources: list[SourceAnswer]) -> None:
    """The silence of one, and what one holds back or did not compare, is never taken for nothing."""
    answer = check_answer(sources)
    has_nothing = all(each.state is SourceState.NONE for each in sources)
    is_partial = any(
        warning.code in {"name-common", "name-cut"}
        for each in sources
        for one in each.found
        for warning in one.warnings
    )
    assert (answer.verdict is CheckVerdict.NO_HIT) == (has_nothing and not is_partial)
    is_silent = any(each.state not in ANSWERS for each in sources)
    assert answer.complete is not (is_silent or is_partial)
    if not answer.complete:
        assert answer.verdict in {CheckVerdict.HIT, CheckVerdict.INCOMPLETE}


@given(SOURCES)
def test_the_weightiest_hit_comes_first_and_a_record_once(sources: list[SourceAnswer]) -> None:
    """What is a hit stands before what has to be compared; the headline names the first."""
    hits = ranked(sources)
    verdicts = [each.verdict is CheckVerdict.HIT for each in hits]
    assert verdicts == sorted(verdicts, reverse=True)
    assert len({(each.register.name, each.shown.record["id"]) for each in hits}) == len(hits)
    says = headline(verdict_of(hits, sources), hits, sources)
    if hits:
        assert f"{hits[0].register.what(hits[0].shown.record)} of FR" in says
    assert all(each.register.name in says for each in sources if each.state not in ANSWERS)


@given(SOURCES)
def test_an_answer_of_find_is_no_answer_only_where_every_origin_has_none(sources: list[SourceAnswer]) -> None:
    """An origin that this network does not have is silent too."""
    of_origins = [each for each in sources if each.register.origin]
    answer: Any = find_answer(tuple(Origin), of_origins)
    codes = {each.origin: FindCode(each.code) for each in answer.origins}
    for each in of_origins:
        if each.state not in ANSWERS:
            assert codes[Origin(each.register.origin)] not in {FindCode.NO_ERROR, FindCode.NO_ANSWER}
    if FindCode(answer.code) is FindCode.NO_ANSWER:
        assert len(of_origins) == len(Origin)
        assert all(each.state is SourceState.NONE for each in of_origins)
