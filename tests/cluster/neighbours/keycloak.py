"""Keycloak as a part, in the form that the demo's parts have."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from onyxia_hub.demo.identity.files import private_folder, read_or_make_secret
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.probe import ask, until
from onyxia_hub.demo.programs import clean_environment
from tests.cluster.neighbours.addresses import Addresses
from tests.cluster.neighbours.distribution import java_home_environment
from tests.cluster.neighbours.keycloak_admin import ADMIN, KeycloakAdmin
from tests.cluster.neighbours.realm import DEFINITION, REALM, realm_for

__all__ = ["Keycloak"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Keycloak:
    """Keycloak's files and addresses.

    Parameters
    ----------
    home
        The unpacked and built distribution, in which it writes nothing.
    folder
        Its database and secrets.
    addresses
        Where it listens, and where the hub is.
    """

    home: Path
    folder: Path
    addresses: Addresses

    @property
    def issuer(self) -> str:
        """Issuer of the realm."""
        return f"{self.addresses.keycloak}/realms/{REALM}"

    @property
    def jwks_url(self) -> str:
        """Where the realm's keys are."""
        return f"{self.issuer}/protocol/openid-connect/certs"

    @property
    def client_secret_file(self) -> Path:
        """File with the secret of the hub's client."""
        return self.folder / "client-secret"

    @property
    def admin_password_file(self) -> Path:
        """File with the administrator's password."""
        return self.folder / "admin-password"

    def admin(self) -> KeycloakAdmin:
        """Return a client with all rights."""
        password = read_or_make_secret(self.admin_password_file)
        return KeycloakAdmin(address=self.addresses.keycloak, password=password)

    def part(self, *, log: Path) -> Part:
        """Describe the process, after making its secrets and clearing a half-made database."""
        private_folder(self.folder)
        read_or_make_secret(self.client_secret_file)
        if not self._complete.exists():
            shutil.rmtree(self._database, ignore_errors=True)
        private_folder(self._database)
        host, port = self.addresses.host, self.addresses.ports["idp"]
        java = java_home_environment()
        # Beside the database, for the distribution serves several Keycloaks at once.
        transactions = (
            f"-Dquarkus.transaction-manager.object-store.directory={self.folder / 'transactions'}"
        )
        # The three that Keycloak itself adds to its default address of the H2 database.
        options = "NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE"
        secret = {
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": read_or_make_secret(self.admin_password_file),
            "KC_DB_URL": f"jdbc:h2:file:{self._database / 'keycloak'};{options}",
        }
        java["JAVA_OPTS_APPEND"] += f" {transactions}"
        return Part(
            name="keycloak",
            label="Keycloak",
            command=(
                *(str(self.home / "bin" / "kc.sh"), "start", "--optimized"),
                *("--cache=local", "--http-enabled=true"),
                *(f"--http-host={host}", f"--http-port={port}"),
                f"--hostname={self.addresses.keycloak}",
            ),
            cwd=self.folder,
            log=log,
            env=clean_environment() | java | secret,
            ready=self.ready,
            ready_timeout=180,
            stop_timeout=15,
        )

    async def ready(self) -> None:
        """Wait until it answers, and import the realm if it is not the one it should be.

        Raises
        ------
        ClusterTrouble
            If Keycloak refuses the realm.
        """

        async def answers() -> bool:
            url = f"{self.addresses.keycloak}/realms/master/.well-known/openid-configuration"
            return (await ask(url)).status == 200

        await until(answers)
        self._complete.touch()
        await asyncio.to_thread(self._import_realm)

    @property
    def _database(self) -> Path:
        return self.folder / "database"

    @property
    def _complete(self) -> Path:
        """A file that is there once the database has all its tables and the administrator."""
        return self.folder / "complete"

    def _import_realm(self) -> None:
        secret = read_or_make_secret(self.client_secret_file)
        realm = realm_for(self.addresses, client_secret=secret)
        admin = self.admin()
        if admin.attribute(REALM, DEFINITION) != realm["attributes"][DEFINITION]:
            admin.make_realm(realm)
