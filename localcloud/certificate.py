"""A certificate authority and a server certificate for this computer's loopback address.

Terraform, Pulumi and boto3 verify the emulated AWS by it, so that a policy that demands TLS is put to the test.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import trustme
from cryptography import x509

LIFETIME = timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)
NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Certificate:
    """Where the certificate's parts lie, all PEM."""

    authority: Path
    chain: Path
    key: Path

    @classmethod
    def keep(cls, home: Path) -> Self:
        """The certificate kept in `home`; a new one where there is none or it soon expires."""
        certificate = cls(home / "ca.pem", home / "server.pem", home / "server-key.pem")
        if not certificate._usable():
            certificate._make()
        return certificate

    def _usable(self) -> bool:
        try:
            leaf = x509.load_pem_x509_certificate(self.chain.read_bytes())
        except (FileNotFoundError, ValueError):
            return False
        present = self.key.is_file() and self.authority.is_file()
        return present and leaf.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE

    def _make(self) -> None:
        self.chain.parent.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name="Emulated AWS of the local run")
        server = authority.issue_cert(*NAMES, not_after=datetime.now(UTC) + LIFETIME)
        # The chain is what `_usable` looks for: written last, it vouches for the other two.
        self.chain.unlink(missing_ok=True)
        self.key.unlink(missing_ok=True)
        self.authority.write_bytes(authority.cert_pem.bytes())
        with os.fdopen(os.open(self.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(server.private_key_pem.bytes())
        fresh = self.chain.with_suffix(".new")
        fresh.write_bytes(b"".join(pem.bytes() for pem in server.cert_chain_pems))
        fresh.rename(self.chain)
