"""`python -m bench.restart.outbox STANZAS BYTES`: prints what a stanza in a component's outbox takes up."""

import os
import sys

from bench.measure import memory_bytes
from components.common.outbox import Outbox
from components.common.transaction import Outgoing

stanzas, length = map(int, sys.argv[1:])
outbox = Outbox()
before = memory_bytes([os.getpid()])
for number in range(stanzas):
    head = f"<message type='groupchat' id='{number}' to='"
    address = f"somebody{number}@localhost/desk"
    body = "x" * (length - len(head) - len(address) - len("'><body></body></message>"))
    outbox.put([Outgoing(head, f"'><body>{body}</body></message>", [address])])
print((memory_bytes([os.getpid()]) - before) / stanzas)
