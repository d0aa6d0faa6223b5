"""Says how to get what only some meshes have: a sandbox, or a clock that tests advance."""

from typing import Final

from fastapi import FastAPI

from shared.errors import NotFound

SANDBOX: Final = "start a mesh for tests with `i247 up --sandbox`, in a state directory of its own"
CLOCK: Final = "start a mesh on a clock that can be advanced with `i247 up --clock`"
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def explain_absence(app: FastAPI, path: str, how: str) -> None:
    """Answer every request to a path, or below it, with how to get what is not here."""

    async def refuse() -> None:
        raise NotFound(f"there is no {path} here: {how}")

    for each in (path, path + "/{rest:path}"):
        app.add_api_route(each, refuse, methods=_METHODS, include_in_schema=False)
