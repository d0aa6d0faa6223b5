"""The rules that keep packages apart: allowed imports, and the files of a service."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("shared", "services", "gateway", "deploy")
SERVICE_FOLDERS = tuple(sorted(file.parent for file in ROOT.glob("services/*/app.py")))
SERVICE_FILES = {"__init__.py", "app.py", "models.py", "rules.py", "store.py", "synthetic.py", "migrations"}

# These start programs; benchmarks configure the servers that they compare in this way.
STARTS_PROCESSES = {
    "deploy/mesh/mesh.py",
    "deploy/mesh/nats_server.py",
    "deploy/mesh/forked.py",
    "shared/images/pool.py",
}
LOCAL_FOLDERS = ("gateway/checks", "gateway/messages", "gateway/hits", "gateway/subject_requests")
MEASUREMENTS = "deploy/bench/"

# Local apps of the gateway have the files of a service where they can; their tables are those of mailboxes.
MAILBOX = ROOT / "shared" / "mailbox"
WITH_MAILBOX_TABLES = (ROOT / "gateway" / "hits", ROOT / "gateway" / "subject_requests")
FILES_OF_LOCAL_APPS = {
    MAILBOX: SERVICE_FILES - {"app.py", "synthetic.py"},
    # Models, rules, store and migrations are those of the mailbox.
    ROOT / "gateway" / "messages": {"__init__.py", "app.py", "operations.py"},
    **dict.fromkeys(WITH_MAILBOX_TABLES, SERVICE_FILES - {"synthetic.py"}),
    # It stores nothing: it asks the services.
    ROOT / "gateway" / "checks": SERVICE_FILES - {"synthetic.py", "migrations", "store.py"},
    # Its data is stored by the services and by the witness.
    ROOT / "gateway" / "audit": SERVICE_FILES - {"synthetic.py", "migrations", "store.py"},
}

EVERY_SERVICE = pytest.mark.parametrize("folder", SERVICE_FOLDERS, ids=lambda folder: folder.name)
WITH_RULES = pytest.mark.parametrize(
    "folder",
    [
        folder
        for folder in (*SERVICE_FOLDERS, *FILES_OF_LOCAL_APPS)
        if "rules.py" in FILES_OF_LOCAL_APPS.get(folder, SERVICE_FILES)
    ],
    ids=lambda folder: folder.name,
)
EVERY_SERVICE_AND_LOCAL_APP = pytest.mark.parametrize(
    "folder", [*SERVICE_FOLDERS, *FILES_OF_LOCAL_APPS], ids=lambda folder: folder.name
)


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@pytest.fixture(autouse=True, scope="module")
def free_trees() -> Iterator[None]:
    """Free the trees after the tests of this file: they are 600,000 objects, 75 MB."""
    yield
    tree_of.cache_clear()


def files_of(*parts: str) -> Iterator[Path]:
    for part in parts:
        yield from sorted((ROOT / part).rglob("*.py"))


@cache
def imports_of(file: Path) -> set[str]:
    """Return the modules that a file imports, at any level."""
    found: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@cache
def names_in(file: Path) -> set[str]:
    """Return every name and attribute that a file uses."""
    names = {node.id for node in ast.walk(tree_of(file)) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree_of(file)) if isinstance(node, ast.Attribute)}
    return names | attributes | {name.rpartition(".")[2] for name in imports_of(file)}


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.thorough
def test_the_gateway_imports_services_only_through_their_list() -> None:
    """The gateway holds no domain knowledge: a new service changes nothing in it."""
    wrong = {
        (relative(file), module)
        for file in files_of("gateway")
        for module in imports_of(file)
        if module.startswith("services.") and module != "services.SERVICES"
    }
    assert wrong == set()


@pytest.mark.thorough
def test_only_transport_and_compat_import_the_nats_client() -> None:
    """Another broker, or another client of this one, is a change of one folder."""
    found = {relative(file) for file in files_of(*PARTS) if "nats" in {m.partition(".")[0] for m in imports_of(file)}}
    assert {file.rpartition("/")[0] for file in found} == {"shared/transport/nats", "shared/compat"}


@pytest.mark.thorough
def test_only_modules_that_start_processes_access_the_environment() -> None:
    """They pass it on; settings are read, checked and named in one place."""
    found = {relative(file) for file in files_of(*PARTS) if names_in(file) & {"environ", "environb", "getenv"}}
    assert {file for file in found - STARTS_PROCESSES if not file.startswith(MEASUREMENTS)} == set()


@pytest.mark.thorough
def test_one_module_reads_settings_from_the_environment() -> None:
    """Every setting is declared there, so that one table can list them."""
    found = {relative(file) for file in files_of(*PARTS) if "BaseSettings" in names_in(file)}
    assert found == {"deploy/state/settings.py"}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("deploy.cli", {"sqlalchemy", "fastapi", "pydantic", "deploy.commands.up"}),
        ("deploy.commands.up", {"sqlalchemy", "fastapi", "deploy.mesh.mesh", "services"}),
        ("deploy.commands.keys", {"sqlalchemy", "fastapi", "nats"}),
        ("deploy.mesh.mesh", {"sqlalchemy", "fastapi", "nats"}),
        ("deploy.mesh.preloaded", {"asyncpg", "httpx", "uvicorn", "argon2", "numpy"}),
        ("shared.storage", {"sqlalchemy.orm", "asyncpg"}),
    ],
)
def test_a_module_does_not_import_heavy_packages_at_startup(module: str, heavy: set[str]) -> None:
    """Every command and each process of a mesh would pay for the import at each start."""
    program = f"import {module}, sys; print(*{heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT).stdout == b"\n"


def test_no_module_uses_base_http_middleware() -> None:
    """`BaseHTTPMiddleware` runs each request in its own task; a plain ASGI middleware costs a quarter of that."""
    assert [relative(file) for file in files_of(*PARTS) if "BaseHTTPMiddleware" in names_in(file)] == []


def test_services_raise_domain_errors_instead_of_http_exceptions() -> None:
    """A status code is stated once, where the refusal is declared."""
    assert [
        relative(file)
        for file in files_of("services", "shared/mailbox", *LOCAL_FOLDERS)
        if "HTTPException" in names_in(file)
    ] == []


@EVERY_SERVICE_AND_LOCAL_APP
def test_every_service_has_the_same_files(folder: Path) -> None:
    """A reader who knows one service knows all."""
    wanted = FILES_OF_LOCAL_APPS.get(folder, SERVICE_FILES)
    assert wanted - {file.name for file in folder.iterdir()} == set()
    assert "migrations" not in wanted or list((folder / "migrations").glob("0001_*.py")) != []


@EVERY_SERVICE
def test_every_service_is_in_the_list_of_services(folder: Path) -> None:
    """A service that is not listed does not run."""
    assert f"services.{folder.name}" in imports_of(ROOT / "services" / "__init__.py")


@WITH_RULES
def test_rules_import_neither_http_nor_sql_libraries(folder: Path) -> None:
    """Rules decide without input or output, so that they can be read and tested alone."""
    roots = {module.partition(".")[0] for module in imports_of(folder / "rules.py")}
    assert roots & {"fastapi", "starlette", "sqlalchemy", "alembic", "httpx"} == set()


@EVERY_SERVICE_AND_LOCAL_APP
def test_routes_import_no_sql_library(folder: Path) -> None:
    """Routes translate; only the store accesses the database."""
    for file in (*folder.glob("*app.py"), *folder.glob("*routes.py")):
        roots = {module.partition(".")[0] for module in imports_of(file)}
        assert roots & {"sqlalchemy", "alembic"} == set(), file.name


@EVERY_SERVICE_AND_LOCAL_APP
def test_stores_never_commit(folder: Path) -> None:
    """One request is one transaction, and the store does not decide its end."""
    for file in folder.glob("*store.py"):
        assert names_in(file) & {"commit", "rollback", "begin"} == set(), file.name


@pytest.mark.thorough
def test_service_processes_do_not_import_the_gateway() -> None:
    """Code that services and gateways share lies in shared, so that a service holds no gateway code in memory."""
    program = (
        "import sys, deploy.mesh.preloaded, services\n"
        "for service in services.SERVICES: service.create_app, service.metadata, service.draw\n"
        "print(sum(name.partition('.')[0] == 'gateway' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT).stdout == b"0\n"


@EVERY_SERVICE
def test_a_service_does_not_import_another(folder: Path) -> None:
    """Also one that is in no contract of pyproject.toml, as a new one."""
    others = {f"services.{other.name}" for other in SERVICE_FOLDERS if other != folder}
    found = {module for file in files_of(f"services/{folder.name}") for module in imports_of(file)}
    assert {
        module for module in found if module in others or module.startswith(tuple(f"{o}." for o in others))
    } == set()
