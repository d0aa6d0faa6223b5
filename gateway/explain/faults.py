"""The steps at which a sandbox let something fail or be late on demand: what, by whose request, and until when."""

from collections.abc import Iterable, Iterator

from gateway.explain.models import Step
from shared.protocol.check_report import moment
from shared.sandbox.faults import Fault


def fault_steps(faults: Iterable[Fault]) -> Iterator[Step]:
    """Yield a step for each fault; one that only delays is ok."""
    for fault in faults:
        result = "ok" if fault.failure is None else "failed"
        yield Step.model_validate(
            {"part": "sandbox", "step": f"fault at {fault.step}", "result": result, "says": in_words(fault)}
        )


def in_words(fault: Fault) -> str:
    """Return what a fault was, who asked for it, and when it ends, as it was when it happened."""
    latency = f"{fault.latency_ms} ms late" if fault.latency_ms else None
    how = ", ".join(filter(None, (fault.failure, latency)))
    return f"a fault of the sandbox at step {fault.step} ({how}), set by {fault.set_by} as {fault.id}: {_end(fault)}"


def _end(fault: Fault) -> str:
    until = None if fault.until is None else f"until {moment(fault.until)}"
    if fault.left is None:
        return f"it happens {until or 'until it is deleted'}"
    if fault.left == 0:
        return f"it ended after {_times(fault.fired)}"
    return " ".join(filter(None, (f"it happens {_times(fault.left)} more", until)))


def _times(count: int) -> str:
    return "1 time" if count == 1 else f"{count} times"
