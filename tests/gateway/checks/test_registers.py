"""The table of registers agrees with the searches of the services."""

from typing import Any

import pytest

from gateway.checks.models import CheckQuestion
from gateway.checks.registers import REGISTERS, Asking, Register
from gateway.openapi.merge import service_openapi
from services import SERVICES

# The table may name registers that a network does not have.
PRESENT = [each for each in REGISTERS if each.service in {service.name for service in SERVICES}]
EVERY_REGISTER = pytest.mark.parametrize("register", PRESENT, ids=lambda each: each.name)


def paths_of(register: Register) -> Any:
    [service] = [each for each in SERVICES if each.name == register.service]
    return service_openapi(service)["paths"]


@pytest.mark.thorough
@EVERY_REGISTER
def test_a_register_is_asked_by_parameters_that_its_search_has(register: Register) -> None:
    """A parameter that is renamed fails here, and not at a border."""
    known = {each["name"] for each in paths_of(register)[f"{register.path}/search"]["get"]["parameters"]}
    for question in register.questions:
        assert set(question.parameters.values()) <= known
        assert set(question.conclusive) <= set(question.parameters.values())
    if register.asking is Asking.EACH:
        assert "post" in paths_of(register)[f"{register.path}/checks"]
    assert "get" in paths_of(register)[f"{register.path}/{{record_id}}"]


def test_all_that_a_check_may_state_is_asked_of_a_register() -> None:
    """And nothing is asked for that it cannot state."""
    asked = {name for each in REGISTERS for question in each.questions for name in question.parameters}
    stated = set(CheckQuestion.model_fields) - {"sources", "document", "mrz"} | {"document.number"}
    assert {each for each in asked if not each.startswith("document.")} <= stated
    assert stated <= asked | {"document.number"}
