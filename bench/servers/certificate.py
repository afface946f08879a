"""The certificate all measured servers use: the same key type costs all the same in a handshake."""

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DOMAIN = "localhost"


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of a self-signed certificate for `localhost` (ECDSA, P-256)."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, directory: Path) -> "Certificate":
        """Write `localhost.crt` and `localhost.key` into `directory`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _DOMAIN)])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(_DOMAIN)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        made = cls(directory / f"{_DOMAIN}.crt", directory / f"{_DOMAIN}.key")
        made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        made.key.chmod(0o600)
        return made

    def client_context(self) -> ssl.SSLContext:
        """What a client that trusts this certificate uses."""
        return ssl.create_default_context(cafile=str(self.certificate))
