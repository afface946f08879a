"""The certificate a new home begins with, and what an operator wants to know of one."""

import datetime
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from pyasn1.codec.der.encoder import encode
from pyasn1.type.char import IA5String, UTF8String

from ctl.domain import ascii_name

LIFETIME = datetime.timedelta(days=3650)
XMPP_ADDRESS = ObjectIdentifier("1.3.6.1.5.5.7.8.5")  # id-on-xmppAddr, RFC 6120 §13.7.1.4
SRV_NAME = ObjectIdentifier("1.3.6.1.5.5.7.8.7")  # id-on-dnsSRV, RFC 4985


def self_signed(domain: str, services: Sequence[str], now: datetime.datetime) -> tuple[bytes, bytes]:
    """A certificate for a domain and the domains of its services, and its private key, both PEM.

    Named as RFC 6120 §13.7.1.2 asks: DNS names, SRV names and XMPP addresses.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ascii_name(domain)[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks of clients differ
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_names(domain, services)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private


def fingerprints(certificate: x509.Certificate) -> dict[str, str]:
    """What clients show when they ask whether to trust it: SHA-256, and SHA-1 in those of old."""
    algorithms: dict[str, hashes.HashAlgorithm] = {"SHA-256": hashes.SHA256(), "SHA-1": hashes.SHA1()}
    return {name: certificate.fingerprint(one).hex(":").upper() for name, one in algorithms.items()}


def read_self_signed(path: Path) -> x509.Certificate | None:
    """The certificate, if clients will ask about it because nobody they know vouches for it."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    return certificate if certificate.issuer == certificate.subject else None


def _names(domain: str, services: Sequence[str]) -> list[x509.GeneralName]:
    hosts = [ascii_name(domain), f"*.{ascii_name(domain)}", *map(ascii_name, services), "localhost"]
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in dict.fromkeys(hosts)]
    for served in dict.fromkeys([domain, *services]):
        names.append(x509.OtherName(XMPP_ADDRESS, encode(UTF8String(served))))
        for service in ("_xmpp-client", "_xmpp-server") if served == domain else ("_xmpp-server",):
            names.append(x509.OtherName(SRV_NAME, encode(IA5String(f"{service}.{ascii_name(served)}"))))
    return names
