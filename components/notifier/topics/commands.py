"""XEP-0050 Ad-Hoc Commands for topics, which the operator has on the control socket, too."""

from collections.abc import Callable, Mapping

from slixmpp import JID

from components.common.commands import Command, Form, Invocation
from components.common.errors import StanzaError
from components.common.forms import Field, Option
from components.common.outcome import Content, Outcome, Table, Value, done
from components.notifier.topics.board import Board
from components.notifier.topics.speaking import MODES, mode_of
from components.notifier.topics.topic import Draft, Topic

_LABELS = {"show": "tell me at once", "keep": "keep it for me", "forward": "send me an e-mail"}
_MODE = Field(
    "mode", type="list-single", label="How", options=[Option(mode, _LABELS[mode]) for mode in MODES]
)
_OWNER = Field("owner", type="jid-single", label="Who subscribes", required=True)


class TopicCommands:
    """All of them."""

    def __init__(self, board: Board, may_use: Callable[[str], bool], administrators: frozenset[str]) -> None:
        self._board, self._may_use, self._administrators = board, may_use, administrators

    def commands(self) -> tuple[Command, ...]:
        """For `Part.commands`."""
        return (
            Command("topics-list", "Topics", self._list, self._allowed),
            Command(
                "topics-subscribe", "Subscribe to a topic", self._subscribe, self._allowed, (self._ask_how,)
            ),
            Command(
                "topics-unsubscribe",
                "Unsubscribe from a topic",
                self._unsubscribe,
                self._allowed,
                (self._ask,),
            ),
            Command(
                "topics-read", "Read a topic", self._read, self._allowed, (self._ask,), for_operator=False
            ),
            Command("topics-publish", "Publish", self._publish, self._allowed, (self._ask_what,)),
        )

    def _allowed(self, requester: JID, to: JID) -> bool:
        return self._may_use(requester.bare)

    # -- forms --------------------------------------------------------------------------------------

    def _topic_field(self, invocation: Invocation) -> Field:
        topics = self._board.visible(_jid(invocation))
        options = [Option(topic.name, topic.settings.description or topic.name) for topic in topics]
        return Field("topic", type="list-single", label="Topic", options=options, required=True)

    def _ask(self, invocation: Invocation) -> Form:
        return Form((self._topic_field(invocation), *((_OWNER,) if invocation.by is None else ())))

    def _ask_how(self, invocation: Invocation) -> Form:
        return Form((*self._ask(invocation).fields, _MODE))

    def _ask_what(self, invocation: Invocation) -> Form:
        return Form(
            (
                self._topic_field(invocation),
                Field("title", label="Title", required=True),
                Field("text", type="text-multi", label="Text"),
                Field("url", label="Link"),
                Field("id", label="Id; the same is told once"),
            )
        )

    # -- what they do -------------------------------------------------------------------------------

    def _list(self, invocation: Invocation) -> Outcome:
        jid = _jid(invocation)
        rows = [_row(topic, jid) for topic in self._board.visible(jid)]
        columns = {
            "topic": "Topic",
            "description": "Description",
            "subscribers": "Subscribers",
            "mode": "Yours",
            "unread": "Unread",
            "items": "Kept",
        }
        return Outcome(table=Table("topics", columns, rows))

    def _subscribe(self, invocation: Invocation) -> Outcome:
        topic, jid = self._of(invocation)
        word = invocation.answers.line("mode")
        subscription = self._board.subscribe(
            topic, jid, mode_of(word) if word else None, invocation.transaction
        )
        return done(f"{jid} has subscribed to {topic.name}: {subscription.mode}")

    def _unsubscribe(self, invocation: Invocation) -> Outcome:
        topic, jid = self._of(invocation)
        self._board.unsubscribe(topic, jid, invocation.transaction)
        return done(f"{jid} hears no more of {topic.name}")

    def _read(self, invocation: Invocation) -> Outcome:
        topic, jid = self._of(invocation)
        unread = self._board.read(topic, jid, invocation.transaction)
        rows: list[Mapping[str, Content]] = [
            {"at": item.at.isoformat(), "title": item.title, "text": item.text, "url": item.url}
            for item in unread or topic.items
        ]
        columns = {"at": "Time", "title": "Title", "text": "Text", "url": "Link"}
        return Outcome(table=Table("items", columns, rows))

    def _publish(self, invocation: Invocation) -> Outcome:
        answers, jid = invocation.answers, _jid(invocation)
        topic = self._board.find(answers.line("topic"), jid)
        if jid and not self._board.may_publish(topic, jid):
            raise StanzaError("forbidden", f"you do not publish in {topic.name}; its publishers do")
        draft = Draft(
            answers.line("title"), "\n".join(answers.lines("text")), answers.line("url"), answers.line("id")
        )
        item, new = self._board.publish(topic, draft, jid or "operator", invocation.transaction)
        told = "told" if new else "was told before"
        return done(f"{topic.name}: {told} as number {item.number}", Value("number", "Number", item.number))

    def _of(self, invocation: Invocation) -> tuple[Topic, str]:
        """The topic, and who subscribes to it. Raises `item-not-found`, `not-acceptable`."""
        jid = _jid(invocation) or JID(invocation.answers.line("owner")).bare
        if not self._may_use(jid):
            raise StanzaError("not-acceptable", f"{jid} is nobody this service knows")
        return self._board.find(invocation.answers.line("topic"), jid), jid


def _jid(invocation: Invocation) -> str:
    """Who runs it; empty for the operator."""
    return "" if invocation.by is None else invocation.by.bare


def _row(topic: Topic, jid: str) -> Mapping[str, Content]:
    subscription = topic.subscriptions.get(jid)
    return {
        "topic": topic.name,
        "description": topic.settings.description,
        "subscribers": len(topic.subscriptions) + len(topic.events),
        "mode": subscription.mode if subscription else "",
        "unread": len(topic.unread(jid)),
        "items": len(topic.items),
    }
