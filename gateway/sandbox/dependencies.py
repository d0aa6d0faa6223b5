"""What the routes of a sandbox depend on."""

from typing import Annotated

from fastapi import Depends, Request

from gateway.sandbox.sandbox import Sandbox


def _sandbox_of(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


TheSandbox = Annotated[Sandbox, Depends(_sandbox_of)]
