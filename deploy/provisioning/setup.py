"""Sets a mesh up: keys, directory, broker configuration and databases, created if they are missing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from deploy.broker.nkeys import issuer_nkey, route_secret
from deploy.broker.server_configuration import Cluster, Listener, ListenerTls
from deploy.broker.users import host_and_port
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.root_key import root_access
from deploy.state.clock import clock_of
from deploy.state.databases import make_databases
from deploy.state.directory_file import added_bureaus
from deploy.state.errors import refusing
from deploy.state.settings import MAILBOXES, MEBIBYTE, ROUTE_PORT_AFTER, Settings
from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.bureaus import DEFAULT_OFFICES, MEMBERS, is_participant
from shared.transport.tls_files import SERVER


def progress() -> Callable[[str], None]:
    """Return a function that prints a line with the seconds since this call."""
    started = time.monotonic()
    return lambda line: print(f"[{time.monotonic() - started:6.2f} s] {line}", flush=True)


class Setup:
    """Sets up one state directory."""

    def __init__(self, settings: Settings, report: Callable[[str], None]) -> None:
        self._settings = settings
        self._state_dir = settings.state_dir
        self._report = report

    def provision(self, *, secretariat_only: bool = False) -> bool:
        """Create what is missing: keys, directory, broker configuration. Return whether keys were. Raises StartRefused.

        For the Secretariat only, no other participant's keys are created, as these are made on their own machines, and
        no demo accounts. It reports who got keys, and who has none here.
        """
        provisioner = Provisioner(self._state_dir, clock_of(self._state_dir), root_access(self._settings))
        with refusing():
            hosted = (
                () if secretariat_only else (*DEFAULT_OFFICES, *self._settings.bureaus, *added_bureaus(self._state_dir))
            )
            members = tuple(dict.fromkeys(hosted))
            services = () if secretariat_only else SERVICES
            directory = provisioner.provision(
                members, services, LOCAL_SERVICES, with_demo_accounts=not secretariat_only
            )
            provisioner.configure_broker(directory, *self._listeners())
        if provisioner.entered:
            self._report(f"provisioned {_in_words(provisioner.entered)} in {self._state_dir.path}")
        for name in provisioner.remote:
            self._report(
                f"no key of {name} is here, so it does not run here; if they are lost: `i247 keys request {name}`"
            )
        return bool(provisioner.entered)

    async def make_databases(self) -> None:
        """Create the databases that are missing on PostgreSQL. Raises StartRefused."""
        for name in await make_databases(self._settings, self.database_names()):
            self._report(f"created the database {name}")

    def database_names(self) -> list[str]:
        """Return the names by which the settings know the databases of the mesh."""
        return [*(service.name for service in SERVICES), MAILBOXES]

    def _listeners(self) -> list[Listener]:
        settings, tls, replicas = self._settings, self._settings.nats_tls, self._settings.nats_replicas
        one = Listener(
            host=settings.nats_host,
            port=settings.embedded_nats_port,
            store=self._store_of(1),
            tls=None if tls is None else ListenerTls(tls.of(SERVER), issuer_nkey(self._state_dir)),
            quotas=settings.broker_quotas,
            log_bytes=settings.log_file_mib * MEBIBYTE,
            logs_kept=settings.log_files_kept,
        )
        if replicas == 1:
            return [one]
        servers = [host_and_port(url) for url in settings.broker_urls]
        routes = [f"{_literal(host)}:{port + ROUTE_PORT_AFTER}" for host, port in servers]
        secret = route_secret(self._state_dir)
        return [
            replace(
                one,
                port=port,
                store=self._store_of(number),
                number=number,
                cluster=Cluster(port + ROUTE_PORT_AFTER, (*routes[: number - 1], *routes[number:]), secret),
            )
            for number, (_, port) in enumerate(servers, start=1)
        ]

    def _store_of(self, number: int) -> Path:
        return self._state_dir.nats_store_of(number, self._settings.nats_replicas).resolve()


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _in_words(participants: Sequence[str]) -> str:
    """Return the new participants: bureaus by their number, and services, of which a new mesh has all, if alone."""
    bureaus = [each for each in participants if each in MEMBERS]
    others = [each for each in participants if each not in MEMBERS and is_participant(each)]
    number = f"{len(bureaus)} bureau{'s' * (len(bureaus) != 1)}"
    return " and ".join(filter(None, [number * bool(bureaus), ", ".join(others)])) or ", ".join(participants)
