"""`!help`, `!who`, `!topic`, `!leave`: questions about the room, each answered in a line or two."""

from components.bots.said import MARK, BotCommand, Said


def _help(said: Said) -> None:
    commands = said.bot.commands.values()
    said.reply("\n".join(f"{MARK}{command.word} - {command.help}" for command in commands))


def _who(said: Said) -> None:
    others = sorted(said.room.occupants.values(), key=lambda occupant: occupant.nick.casefold())
    marks = {"moderator": " (moderator)", "visitor": " (visitor)"}
    names = ", ".join(f"{occupant.nick}{marks.get(occupant.role, '')}" for occupant in others)
    said.reply(f"{len(others)} here besides me: {names}")


def _topic(said: Said) -> None:
    room = said.room
    by = f" (set by {room.subject_nick})" if room.subject_nick else ""
    said.reply(f"The topic is: {room.subject}{by}" if room.subject else "There is no topic.")


def _leave(said: Said) -> None:
    if not said.room.inviter:
        said.reply("I belong here: the server's configuration says so.")
    elif said.by.role != "moderator":
        said.reply("Only moderators may send me away.")
    else:
        said.tell_all("Good bye.")
        said.bot.leave(said.room.jid, said.transaction)


HELP = BotCommand("help", "this list", _help)
WHO = BotCommand("who", "who is in the room", _who)
TOPIC = BotCommand("topic", "what the room is talking about", _topic)
LEAVE = BotCommand("leave", "send me away, if you moderate the room I was invited to", _leave)
