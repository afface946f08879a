"""`python -m bench.link.plain_muc`: the room service on a link that is not managed.

It does not ask for `<stream:features/>`, so the router takes it for a component of plain XEP-0114.
"""

import sys
from typing import Any

from components.common import main
from components.common.app import ComponentStream
from components.muc.component import PROGRAM


class _Plain(ComponentStream):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.stream_header = self.stream_header.replace("' version='1.0'>", "'>")


vars(main)["ComponentStream"] = _Plain
sys.exit(main.main(PROGRAM))
