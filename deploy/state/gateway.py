"""The gateway that commands call: its address, why it is not the one that is meant, and its refusals in words."""

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from deploy.state.errors import CommandFailed, StartRefused
from deploy.state.listener import listener_on
from deploy.state.running import MESH, Running, running_in
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

GATEWAY: Final = "gateway"
UNAUTHENTICATED: Final = 401


def base_of(settings: Settings) -> str:
    """Return the address of the gateway that the settings name."""
    return address_of(settings.host, settings.port)


def address_of(host: str, port: int) -> str:
    """Return the address of a gateway."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def has_gateway(running: Running) -> bool:
    """Return whether a gateway is what runs, or a part of it."""
    return running.what in (MESH, GATEWAY)


def fault_of(answer: "httpx.Response") -> str:
    """Return what a problem says, in one line; of another answer that it is none of a gateway."""
    return fault_in(_body_of(answer)) or not_a_gateway(answer)


def not_a_gateway(answer: "httpx.Response") -> str:
    """Return what to say of an answer that no gateway gives."""
    return (
        f"{answer.url.netloc.decode()} answered {answer.status_code}, and not as a gateway does: another program, or a "
        "proxy, is at this address"
    )


def content_of(answer: "httpx.Response", form: type[T]) -> T:
    """Return the whole body of an answer, which has the members of a form. Raises CommandFailed for another body."""
    body: Any = _body_of(answer)
    try:
        msgspec.convert(body, form)
    except msgspec.ValidationError as error:
        raise CommandFailed(not_a_gateway(answer)) from error
    whole: T = body
    return whole


def is_problem(answer: "httpx.Response") -> bool:
    """Return whether an answer is a problem, as every refusal of a gateway is."""
    return fault_in(_body_of(answer)) is not None


def _body_of(answer: "httpx.Response") -> object:
    try:
        body: object = answer.json()
    except ValueError:
        return None
    return body


def fault_in(body: object) -> str | None:
    """Return what a problem says; None for any other body."""
    if isinstance(body, dict) and "title" in body:
        return f"{body['title']}: {body.get('detail')}"
    return None


def client_of(settings: Settings, **options: Any) -> "httpx.AsyncClient":
    """Return a client of the gateway. Its requests raise StartRefused where that is of another mesh than the tokens."""
    import httpx

    async def check(answer: httpx.Response) -> None:
        if answer.status_code == UNAUTHENTICATED:
            await answer.aread()
            require_own_mesh(settings, answer)

    return httpx.AsyncClient(base_url=base_of(settings), event_hooks={"response": [check]}, **options)


def blocking_client_of(settings: Settings, **options: Any) -> "httpx.Client":
    """Return such a client for code that waits for each answer."""
    import httpx

    def check(answer: httpx.Response) -> None:
        if answer.status_code == UNAUTHENTICATED:
            answer.read()
            require_own_mesh(settings, answer)

    return httpx.Client(base_url=base_of(settings), event_hooks={"response": [check]}, **options)


def no_mesh_at(settings: Settings) -> StartRefused:
    """Return the error if no gateway answers: where the mesh of the state directory is, or how to start it."""
    base, state_dir = base_of(settings), settings.state_dir
    if _runs_here(settings):
        return StartRefused(f"the mesh in {settings.home} does not answer at {base}: it starts, or see `i247 logs`")
    if (own := gateway_in(state_dir)) is not None:
        return StartRefused(f"no mesh answers at {base}: {_where(own, settings)}, set I247_PORT={own.port}")
    return StartRefused(
        f"no mesh answers at {base}: start one with `{state_dir.start_command()}`, or set I247_PORT to the port of the "
        "running one"
    )


def gateway_in(state_dir: StateDir) -> Running | None:
    """Return what runs in a state directory and has a gateway; None if nothing does."""
    return next(filter(has_gateway, running_in(state_dir)), None)


def require_gateway_here(settings: Settings) -> None:
    """Make sure that the gateway of the settings runs in their state directory. Raises StartRefused.

    For what needs no token, which the gateway of another mesh would refuse.
    """
    if _runs_here(settings):
        return
    state_dir = settings.state_dir
    state_dir.require_mesh()
    if (own := gateway_in(state_dir)) is not None:
        raise StartRefused(f"{_where(own, settings)}, not at {base_of(settings)}: set I247_PORT={own.port}")
    listener = listener_on(settings.port)
    raise StartRefused(
        f"no mesh runs in {settings.home}: start it with `{state_dir.start_command()}`, or set I247_HOME to the state "
        f"directory of the mesh that you mean{f'; {listener} has port {settings.port}' if listener else ''}"
    )


def _where(own: Running, settings: Settings) -> str:
    return f"the mesh in {settings.home} is at {address_of(own.host, own.port)}"


def require_own_mesh(settings: Settings, answer: "httpx.Response") -> None:
    """Make sure that a gateway which refuses a token is that of the state directory. Raises StartRefused.

    The gateway of another one knows none of its tokens, which the key there signs.
    """
    if answer.status_code != UNAUTHENTICATED or _runs_here(settings):
        return
    listener = listener_on(settings.port)
    home = settings.state_dir.path.absolute()
    if listener is None or listener.home is None or listener.home == home.resolve():
        other = f"of another state directory than {settings.home}, where the token was made"
    else:
        other = f"of {listener.home}, and the token was made in {settings.home}"
    own = gateway_in(settings.state_dir)
    port = "I247_PORT to its port" if own is None else f"I247_PORT={own.port}, at which the mesh in {settings.home} is"
    raise StartRefused(
        f"{base_of(settings)} refuses the token ({fault_of(answer)}); it seems to be the mesh {other}: set I247_HOME "
        f"to the state directory of the mesh that you mean, or {port}"
    )


def _runs_here(settings: Settings) -> bool:
    return any(has_gateway(one) and one.port == settings.port for one in running_in(settings.state_dir))
