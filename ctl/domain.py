"""Domain names as an operator types them and as the protocol and certificates need them."""

import ipaddress

import idna

from ctl.failure import Failure


def domain_name(text: str) -> str:
    """The domain as XMPP addresses hold it: lower case, Unicode (RFC 7622 §3.2). Raises `Failure`."""
    name = text.strip().rstrip(".")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        raise Failure(f"--domain {text}: a name is needed, not an address")
    try:
        return idna.decode(idna.encode(name, uts46=True))
    except idna.IDNAError as error:
        raise Failure(f"--domain {text}: not a domain name such as example.org: {error}") from None


def ascii_name(domain: str) -> str:
    """The domain as DNS and certificates hold it (A-labels)."""
    return idna.encode(domain).decode()
