"""The sandbox's own certificate authority, so that STARTTLS is verified as it is in production."""

import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ats.sandbox import boxes

LIFETIME = dt.timedelta(days=825)
SYSTEM_STORES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True)
class Certificates:
    """PEM files: what the servers show, and what clients trust (the system's store and our CA)."""

    chain: Path
    key: Path
    trust: Path


def ensure() -> Certificates:
    """Return the certificates below ``var/sandbox``, made anew when absent or about to expire."""
    home = boxes.root() / "tls"
    home.mkdir(parents=True, exist_ok=True)
    files = Certificates(home / "server.pem", home / "server.key", home / "trust.pem")
    if not _are_good(files):
        _make(files)
    return files


def _are_good(files: Certificates) -> bool:
    if not (files.chain.exists() and files.key.exists() and files.trust.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(files.chain.read_bytes())
    return certificate.not_valid_after_utc > dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


def _make(files: Certificates) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _sign("Posthorn mail sandbox", authority_key, authority_key, is_authority=True)
    server = _sign("localhost", key, authority_key, is_authority=False)
    files.key.touch(mode=0o600)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    files.trust.write_bytes(_system_store() + authority.public_bytes(serialization.Encoding.PEM))
    files.chain.write_bytes(server.public_bytes(serialization.Encoding.PEM))


def _system_store() -> bytes:
    """What this machine trusts already: SSL_CERT_FILE takes the place of its store."""
    for name in (os.environ.get("SSL_CERT_FILE", ""), *SYSTEM_STORES):
        if name and Path(name).is_file():
            return Path(name).read_bytes().rstrip() + b"\n"
    return b""


def _sign(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("Posthorn mail sandbox"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not is_authority:
        hosts = [x509.DNSName("localhost")]
        addresses = [x509.IPAddress(ipaddress.ip_address(ip)) for ip in ("127.0.0.1", "::1")]
        builder = builder.add_extension(
            x509.SubjectAlternativeName([*hosts, *addresses]), critical=False
        )
    return builder.sign(signer, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
