"""Keys and certificates of one cluster's life: made at start, gone with the state folder."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority", "write_signing_key"]

VALID = dt.timedelta(days=30)


class Authority:
    """A certificate authority.

    Parameters
    ----------
    folder
        Where the files go; only its owner can look inside.
    name
        The authority's name and its files' stem.
    """

    def __init__(self, *, folder: Path, name: str) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            _builder(subject=self._name, issuer=self._name, key=self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = folder / f"{name}.crt"
        self.certificate.write_bytes(_pem(self._certificate))

    def issue(
        self,
        file: str,
        *,
        common_name: str,
        organization: str | None = None,
        names: Sequence[str] = (),
    ) -> tuple[Path, Path]:
        """Make a key and a certificate for a client or server.

        Parameters
        ----------
        file
            Stem of the two files.
        common_name
            To Kubernetes, a client's user name.
        organization
            To Kubernetes, a client's group.
        names
            Host names and addresses of a server.

        Returns
        -------
        tuple[Path, Path]
            Certificate and key, in PEM.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
        if organization:
            subject.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        builder = _builder(subject=x509.Name(subject), issuer=self._name, key=key).add_extension(
            x509.ExtendedKeyUsage(usages), critical=False
        )
        if names:
            alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        certificate = self._folder / f"{file}.crt"
        certificate.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        return certificate, _write_key(self._folder / f"{file}.key", key)


def write_signing_key(folder: Path) -> tuple[Path, Path]:
    """Make the key pair that signs service accounts' tokens.

    Parameters
    ----------
    folder
        Where the files go.

    Returns
    -------
    tuple[Path, Path]
        Private and public key, in PEM.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = folder / "service-accounts.pub"
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return _write_key(folder / "service-accounts.key", key), public


def _builder(
    *, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + VALID)
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Path:
    # The mode comes before the content: there is no moment when others can read the key.
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file
