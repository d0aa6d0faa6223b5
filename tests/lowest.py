"""Run the demo on its own mesh, with only the required dependencies: see `make check-lowest`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.system.mesh import running_mesh


def main() -> int:
    """Return the exit status of the demo, and print its output if it failed."""
    with TemporaryDirectory() as folder, running_mesh(Path(folder) / "home") as mesh:
        demo = mesh.i247("demo")
    if demo.returncode:
        sys.stderr.write(demo.stdout + demo.stderr)
    return demo.returncode


if __name__ == "__main__":
    sys.exit(main())
