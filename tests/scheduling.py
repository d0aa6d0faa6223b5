"""The order of the tests, and which worker runs which of them."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Tests whose files share one mesh of processes: starting another takes longer than most of them.
ATTACKS = ("tests/attacks/",)
ON_ONE_MESH = tuple(f"tests/system/test_{name}.py" for name in ("audit", "console", "mesh", "story"))
COUNTERPARTS = ("tests/gateway/sandbox/counterparts/",)
BROWSER = ("tests/browser/",)
# They read a document that takes seconds to make.
DOCUMENT = ("tests/gateway/openapi/", "tests/gateway/test_documents.py", "tests/gateway/test_schema_names.py")
SHARED = (ATTACKS, ON_ONE_MESH, COUNTERPARTS, BROWSER, DOCUMENT)
LONG = (*ATTACKS, *BROWSER, "tests/contract/test_restriction.py", "tests/contract/test_services.py", "tests/faults/")
# One file of these takes up to a minute: if it started last, the other cores would be idle. The mesh of the system
# tests runs until the last of them, so the tests without it come first.
PLACES = {ON_ONE_MESH: 3, LONG: 1, ("tests/system/",): 2, ("tests/interop/",): 4}


def place(nodeid: str) -> int:
    """Return the place of a test in the order: those with whole networks come first."""
    return next((place for files, place in PLACES.items() if nodeid.startswith(files)), len(PLACES) + 1)


class Scheduling(LoadFileScheduling):
    """Assigns the tests of a file to one worker, and all files that share a mesh to the same one.

    If a worker dies, the test that it ran has failed and is not repeated, and another worker runs those that it had
    left. xdist would repeat it, and would wait forever for a worker to which it gives a single test.
    """

    def remove_node(self, node: WorkerController) -> str | None:
        """Return the test during which a worker died, or none."""
        workload = self.assigned_work.pop(node)
        left = [(scope, test) for scope, tests in workload.items() for test, is_done in tests.items() if not is_done]
        if not left:
            return None
        scope, died = left[0]
        workload[scope][died] = True
        self.workqueue.update(workload)
        for other in self.nodes:
            self._reschedule(other)
        return died

    def _reschedule(self, node: WorkerController) -> None:
        """Assign further tests until there are two: a worker starts none before it has the next one, or is stopped."""
        if node not in self.registered_collections:
            # It has not collected yet; afterwards this is called again.
            return
        super()._reschedule(node)
        while self._pending_of(self.assigned_work[node]) < 2 and not node.shutting_down:
            super()._reschedule(node)

    def _split_scope(self, nodeid: str) -> str:
        shared = [
            files[0] for files in (ATTACKS, ON_ONE_MESH, COUNTERPARTS, BROWSER, DOCUMENT) if nodeid.startswith(files)
        ]
        return shared[0] if shared else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Return the scheduler of the tests, whatever `--dist` says."""
    return Scheduling(config, log)
