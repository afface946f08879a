"""XEP-0157: whom to turn to about this server, in its service discovery."""

from dataclasses import fields
from typing import Final

from core_router.config import Contact
from core_router.feature import Feature, InfoForm

SERVER_INFO: Final = "http://jabber.org/network/serverinfo"


def contact_addresses(contact: Contact) -> Feature:
    """The feature that tells what `[core_router.contact]` says; without any, there is no form."""
    told = {field.name: tuple(getattr(contact, field.name)) for field in fields(contact)}
    addresses = tuple((f"{role}-addresses", uris) for role, uris in told.items() if uris)
    return Feature(
        name="contact addresses",
        standards=("XEP-0157",),
        domain_forms=(InfoForm(SERVER_INFO, addresses),) if addresses else (),
    )
