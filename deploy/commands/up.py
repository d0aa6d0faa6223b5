"""The command `i247 up`: runs the mesh, or one process of it."""

import argparse
import asyncio
import socket

from deploy.commands.arguments import positive
from deploy.mesh.stopping import until_stopped
from deploy.state.errors import StartRefused
from deploy.state.sandbox import require_whole_mesh
from deploy.state.setting_types import CLUSTER
from deploy.state.settings import Settings


def add_options(up: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    up.add_argument("--bureaus", metavar="FR,DE,...", help="the members, or `all` (default: ten)")
    up.add_argument("--workers", type=positive, help="processes for each service (default: one, more of a busy one)")
    up.add_argument(
        "--nats-cluster",
        action="store_const",
        const=CLUSTER,
        dest="nats_replicas",
        help="run three NATS servers that store all messages, so that one may fail (default: one)",
    )
    up.add_argument(
        "--clock", action="store_true", default=None, help="use a clock that `i247 clock` advances (for tests only)"
    )
    up.add_argument(
        "--examples",
        action="store_true",
        default=None,
        help="enter the records that `/docs` asks for, when the mesh is first started (a sandbox has them)",
    )
    up.add_argument("--sandbox", action="store_true", default=None, help="a mesh for tests, which `/sandbox` controls")
    up.add_argument(
        "--counterparts",
        metavar="FILE",
        help="a sandbox whose bureaus act by the scripts in this file, such as DE confirming hits after 3 s",
    )
    up.add_argument(
        "--public-faults",
        metavar="403=0.05,latency=200ms,seed=1",
        help="let the public notices API fail, to test programs that use it (default: never)",
    )
    process = up.add_mutually_exclusive_group()
    process.add_argument("--service", metavar="SERVICE", help="run only this service, against I247_NATS_URL")
    process.add_argument("--gateway", action="store_true", help="run only the gateway, against I247_NATS_URL")
    process.add_argument(
        "--relay", action="store_true", help="run only a relay of posts and attachments, against I247_NATS_URL"
    )
    up.add_argument("--listen-fd", type=int, help=argparse.SUPPRESS)
    up.set_defaults(run=_up)


def _up(settings: Settings, options: argparse.Namespace) -> int:
    process = _process(options)
    if process is None:
        from deploy.mesh.mesh import Mesh

        require_whole_mesh(settings)
        asyncio.run(until_stopped(lambda: Mesh(settings).run()))
    elif settings.sandbox:
        raise StartRefused("a sandbox is a whole mesh: start it with `i247 up --sandbox` alone")
    else:
        from deploy.mesh.single_process import run_single

        run_single(process, settings, _listening(options.listen_fd) if options.listen_fd else None)
    return 0


def _listening(descriptor: int) -> socket.socket:
    listening = socket.socket(fileno=descriptor)
    # A process that the gateway starts may outlive it: nobody would answer the connections that the system gives to it.
    listening.set_inheritable(False)
    return listening


def _process(options: argparse.Namespace) -> list[str] | None:
    if options.service:
        return ["--service", options.service]
    if options.gateway:
        return ["--gateway"]
    return ["--relay"] if options.relay else None
