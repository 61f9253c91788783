"""HTTPS for headsets: WebXR needs it beyond localhost.

At first start an own certificate authority and a certificate for this computer's names and addresses are made in
`CASES/.tls`. A hospital's certificate is given by `--certificate` and `--key`, or put there as `server.pem` and
`server.key` (with no `authority.key` beside them).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import StorageError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY_DAYS: Final = 3650
SERVER_DAYS: Final = 397
"""Browsers refuse longer ones (CA/Browser Forum baseline requirements, 6.3.2)."""
_RENEW_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Certificate and key, PEM."""

    certificate: Path
    key: Path


def ensure_tls(folder: Path, hosts: Iterable[str], *, now: datetime | None = None) -> TlsFiles:
    """The certificate for these hosts, made or renewed if need be.

    Args:
        folder: where they are kept.
        hosts: names and addresses people will type.
        now: the time; for tests.

    Raises:
        StorageError: the folder may not be written.
    """
    files = TlsFiles(certificate=folder / "server.pem", key=folder / "server.key")
    is_theirs = files.certificate.exists() and not (folder / "authority.key").exists()
    if is_theirs:
        return files
    wanted, moment = sorted(set(hosts)), now or datetime.now(UTC)
    try:
        if not _still_fits(files.certificate, wanted, moment):
            folder.mkdir(exist_ok=True, mode=0o700)
            _make(folder, files, wanted, moment)
    except OSError as error:
        raise StorageError(
            "The certificate for HTTPS could not be written.", cure="Allow writing to the folder of cases."
        ) from error
    return files


def check_given(files: TlsFiles, *, now: datetime | None = None) -> list[str]:
    """Checks a certificate that was given, and says which names and addresses it is for.

    Args:
        files: certificate and key.
        now: the time; for tests.

    Raises:
        StorageError: one cannot be read, they do not belong together, or the certificate is not valid now.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        certificate = x509.load_pem_x509_certificates(files.certificate.read_bytes())[0]
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise StorageError(
            "The certificate or its key cannot be read.", cure="Give PEM files, the key without a password."
        ) from error
    if certificate.public_key() != key.public_key():
        raise StorageError("The key is not that of the certificate.", cure="Give the two that belong together.")
    moment = now or datetime.now(UTC)
    if not certificate.not_valid_before_utc <= moment < certificate.not_valid_after_utc:
        raise StorageError(
            f"The certificate is valid from {certificate.not_valid_before_utc:%Y-%m-%d} "
            f"to {certificate.not_valid_after_utc:%Y-%m-%d} only.",
            cure="Ask for a new one, or check the clock.",
        )
    return _names_of(certificate)


def _names_of(certificate: x509.Certificate) -> list[str]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(value) for kind in (x509.IPAddress, x509.DNSName) for value in names.get_values_for_type(kind)]


def _still_fits(path: Path, hosts: list[str], now: datetime) -> bool:
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError, IndexError):
        return False
    knows_all = set(hosts) <= set(_names_of(certificate))
    return knows_all and certificate.not_valid_after_utc - now > timedelta(days=_RENEW_DAYS)


def _make(folder: Path, files: TlsFiles, hosts: list[str], now: datetime) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority_key, authority = _authority(folder, now)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cantlie planning server")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=SERVER_DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    _write_private(files.key, _key_bytes(key))
    files.certificate.write_bytes(certificate.public_bytes(pem) + authority.public_bytes(pem))


def _authority(folder: Path, now: datetime) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key_path, certificate_path = folder / "authority.key", folder / "authority.pem"
    if key_path.exists() and certificate_path.exists():
        kept = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        if isinstance(kept, ec.EllipticCurvePrivateKey) and certificate.not_valid_after_utc > now + timedelta(days=400):
            return kept, certificate
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cantlie local authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_private(key_path, _key_bytes(key))
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def _general_name(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_bytes(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write_private(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)
