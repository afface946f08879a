"""`python -m tests.restart.mortal_muc`: the room service, which dies of what has a certain word in it."""

import dataclasses
import os
import sys
from typing import Any
from xml.etree.ElementTree import Element

from components.common.config import Configuration
from components.common.main import main
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.muc.component import PROGRAM
from components.muc.config import MucSettings
from components.muc.service import RoomService

POISON = "hemlock"


def _build(configuration: Configuration[MucSettings], stored: Any) -> RoomService:
    service = PROGRAM.build(configuration, stored)
    assert isinstance(service, RoomService)
    handle = service.handle

    def mortal(stanza: Stanza, transaction: Transaction) -> Element | None:
        if POISON in "".join(stanza.element.itertext()):
            os._exit(9)
        return handle(stanza, transaction)

    vars(service)["handle"] = mortal
    return service


if __name__ == "__main__":
    sys.exit(main(dataclasses.replace(PROGRAM, build=_build)))
