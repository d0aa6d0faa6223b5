"""Each recipe of docs/how-to/clients.md is executed as it stands there, against a running mesh."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.mesh import RunningMesh, running_mesh
from tests.system.recipes import Reader

pytestmark = pytest.mark.thorough

TEST = "tests/system/test_client_recipes.py"
BEGINNING = "Generate a client"
PAGE = "how-to/clients.md"
# Of the standards H0 to H3 and article 2, and of the names of this network.
OF_THE_DOMAIN = re.compile(r"I247\w*|H[0-3]|\w*_?ARTICLE_?[23]|\w*Article[23]|Options2")
GENERATED = {
    "generated/models": ".ts",
    "generated-java/src/main/java/org/openapitools/client/model": ".java",
    "generated-go": ".go",
}
STORY = ("found Renault because of the plate", "refused 404 no record", "photographs 1")


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    with running_mesh(tmp_path_factory.mktemp("clients") / "var", "--bureaus", "FR,DE") as mesh:
        yield mesh


@pytest.fixture
def reader(mesh: RunningMesh, tmp_path: Path) -> Reader:
    return Reader(tmp_path, PAGE, mesh.environment)


def tells_the_story(printed: str) -> bool:
    return all(step in printed for step in STORY)


def numbered(names: list[str]) -> list[str]:
    """Return the names that end in a figure which the domain does not have, as `Act1`."""
    return [name for name in names if re.search(r"\d$", name) and not OF_THE_DOMAIN.fullmatch(name)]


def test_openapi_python_client(reader: Reader) -> None:
    """Without a warning, and without leaving out an operation: a warning is an error in the recipe."""
    printed = reader.run(TEST, BEGINNING, "Python: openapi-python-client")
    assert tells_the_story(printed)
    models = (reader.folder / "i247_client" / "models" / "__init__.py").read_text()
    names = re.findall(r"^from \.\w+ import (\w+)", models, re.MULTILINE)
    assert len(names) > 300
    assert numbered(names) == []
    assert [name for name in names if name.endswith("Item") and name != "ReviewItem"] == []
    operations = {path.stem for path in (reader.folder / "i247_client" / "api").rglob("*.py")}
    assert {"add_notice_photograph", "add_impression", "identify_print", "get_impression"} <= operations


def test_hey_api(reader: Reader) -> None:
    """Its types and the program compile under `strict`."""
    reader.leave_out("openapi-fetch.ts", "openapi-generator.ts")
    assert tells_the_story(reader.run(TEST, BEGINNING, "TypeScript: @hey-api/openapi-ts"))
    types = (reader.folder / "hey-api" / "types.gen.ts").read_text()
    names = re.findall(r"^export type (\w+)", types, re.MULTILINE)
    assert len(names) > 300
    assert numbered(names) == []


def test_openapi_fetch(reader: Reader) -> None:
    """Its types and the program compile under `strict`."""
    reader.leave_out("hey-api.ts", "openapi-generator.ts")
    assert tells_the_story(reader.run(TEST, BEGINNING, "TypeScript: openapi-typescript and openapi-fetch"))


def test_openapi_generator(reader: Reader) -> None:
    """Its types and the program compile under `strict`; it makes clients for Java and Go, whose names read well too."""
    reader.leave_out("hey-api.ts", "openapi-fetch.ts")
    assert tells_the_story(reader.run(TEST, BEGINNING, "Other languages: openapi-generator"))
    for folder, ending in GENERATED.items():
        names = [path.stem for path in (reader.folder / folder).glob(f"*{ending}")]
        assert len(names) > 300, folder
        assert numbered(names) == []
        assert [name for name in names if name.lower().endswith(("inner", "oneof", "anyof"))] == []
