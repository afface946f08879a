"""XEP-0444 Message Reactions: an emoji on a numbered message answers it.

Of all that looks like a button, this is what most clients show: each message has it, and the number need
not be typed. In rooms a reaction names the message by an id of the room's own (§4.4), which is not kept
here: what it would say there has to be said.
"""

from xml.etree.ElementTree import Element

from components.common.errors import StanzaError
from components.common.feature import Feature
from components.common.forms import Field, form
from components.common.stanza import Stanza
from components.common.transaction import Transaction
from components.notifier.prompt import Prompt
from components.notifier.prompts import Prompts
from components.notifier.text import Said, Speaker

NAMESPACE = "urn:xmpp:reactions:0"
REACTIONS = f"{{{NAMESPACE}}}reactions"
FEATURE = Feature("reactions", ("XEP-0444",), (NAMESPACE,))

_LONGEST = 16  # code points of an emoji that is repeated to who sent it
# The colour of a skin, and whether the sign is shown in colours, do not change what is meant (UTS #51).
_VARIANTS = dict.fromkeys([0xFE0F, *range(0x1F3FB, 0x1F400)])


class Reactions:
    """Answers by emoji."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts

    def restrictions(self) -> Element:
        """§2.2: the emojis that mean something here, so that clients can offer them."""
        emojis = [action.emoji for action in self._prompts.every_action() if action.emoji]
        return form("result", f"{NAMESPACE}:restrictions", [Field("allowlist", list(dict.fromkeys(emojis)))])

    def take(self, stanza: Stanza, element: Element, transaction: Transaction) -> str:
        """All reactions of the sender to one message; the reply, empty if none of them is new.

        What was the last answer already is not given again (§3.2: the others are listed with each new
        one), and an answer is not taken back with its emoji. Raises `not-acceptable` for what answers
        nothing (§3.3), and what `Prompts.answer` raises.
        """
        prompt = self._prompts.posted(element.get("id", ""), stanza.sender.bare)
        if prompt is None:
            raise StanzaError("not-acceptable", "nothing can be answered at this message")
        verbs = [self._verb(prompt, emoji) for emoji in _chosen(element)]
        by, replies = Speaker(stanza.sender.bare, "reaction"), []
        for verb in verbs:
            last = self._prompts.get(prompt.number).answers[-1:]
            if not last or (last[0].by, last[0].verb) != (by.address, verb):
                replies.append(self._prompts.answer(prompt.number, Said(by, verb, ""), transaction))
        return "\n".join(replies)

    def _verb(self, prompt: Prompt, emoji: str) -> str:
        meant = {action.emoji: action for action in self._prompts.every_action(prompt.kind) if action.emoji}
        if emoji in meant:
            return meant[emoji].verb
        offered = ", ".join(f"{sign} {action.label}" for sign, action in meant.items())
        shown = emoji if len(emoji) <= _LONGEST else "that"
        raise StanzaError("not-acceptable", f"{shown} is no answer; there are: {offered}")


def _chosen(element: Element) -> list[str]:
    """The emojis, each once (§4)."""
    found = ["".join(reaction.itertext()).strip().translate(_VARIANTS) for reaction in element]
    return list(dict.fromkeys(found))
