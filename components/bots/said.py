"""Something that somebody says to the bot, and what a command of it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.bots import stanzas
from components.bots.room import AttendedRoom, Occupant
from components.common.transaction import Transaction

if TYPE_CHECKING:
    from components.bots.service import BotService

MARK = "!"


@dataclass(frozen=True, slots=True)
class Said:
    """A line that begins with the mark, and where it was said."""

    bot: "BotService"
    room: AttendedRoom
    by: Occupant
    words: str  # what follows the command's own word
    privately: bool
    transaction: Transaction

    def reply(self, text: str) -> None:
        """To all, or to the one who asked in private."""
        kind = "chat" if self.privately else "groupchat"
        to = f"{self.room.jid}/{self.by.nick}" if self.privately else self.room.jid
        self.transaction.reply(stanzas.message(self.bot.address, to, kind, text))

    def tell_all(self, text: str) -> None:
        """To all, wherever it was asked."""
        self.transaction.reply(stanzas.message(self.bot.address, self.room.jid, "groupchat", text))


@dataclass(frozen=True, slots=True)
class BotCommand:
    """Something people can ask of the bot: `!WORD`."""

    word: str
    help: str
    answer: Callable[[Said], None]
