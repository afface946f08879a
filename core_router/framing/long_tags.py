"""Tags so long that they are refused before expat sees them.

Before it calls us, expat copies the name of a namespace to each attribute in it: one tag of 128 KB,
half of it such a name and half short attributes, would take a gigabyte of memory and a second of time.
"""

import re

from core_router.xmpp.errors import StreamCondition, StreamError

# A `>` may stand in an attribute's value (XML 1.0 §2.3).
start_tag = re.compile(rb"""<(?:[^'">]++|'[^']*+'|"[^"]*+")*+>""").match


def check_tags(buffer: bytes, known: int, longest: int) -> None:
    """Refuse a tag of more than `longest` bytes, complete or not. Raises StreamError `policy-violation`.

    The first `known` bytes have been through here. A tag has no `<` but its first, so that a long one
    covers a whole stride without any: 16 KiB of short elements are passed in 0.2 µs.
    """
    stride = longest // 2
    for at in range(max(0, known - longest), len(buffer), stride):
        if buffer.find(b"<", at, at + stride) >= 0:
            continue
        start = buffer.rfind(b"<", max(0, at - longest), at)
        if start < 0 or buffer.startswith(b"<![CDATA[", start):
            continue
        tag = start_tag(buffer, start)  # of a long text it is the short tag before it
        if (tag.end() if tag else len(buffer)) - start > longest:
            raise StreamError(StreamCondition.POLICY_VIOLATION, f"a tag is longer than {longest} bytes")
