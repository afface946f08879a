"""One numbered message to people: what it says, whom it was sent to, who has answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from components.common.transaction import Transaction
from components.notifier.chat import PostState
from components.notifier.storage import CoreStored
from components.notifier.text import Said, Via

PostChannel = Literal["chat", "room", "mail"]


@dataclass(frozen=True, slots=True)
class Action:
    """A verb that answers a prompt."""

    verb: str
    label: str  # on a button and in a form: "Acknowledge"
    summary: str  # one line for `help`
    argument: str = ""  # what may follow the number, for `help`: "[2h]", "[comment]"
    button: bool = True  # false: only to be typed or chosen in a form
    is_answer: bool = True  # false: it only looks, and is not noted
    emoji: str = ""  # the reaction (XEP-0444) that says the same; without variation selector


@dataclass(frozen=True, slots=True)
class Post:
    """A prompt as it was sent to one person or room. Of an e-mail, `failed` is all that is ever known."""

    recipient: str  # bare JID, or e-mail address
    channel: PostChannel
    state: PostState
    at: datetime  # of the state
    versions: int = 1  # of its text; those after the first are corrections

    @property
    def in_room(self) -> bool:
        """Whether it was sent to all occupants of a room."""
        return self.channel == "room"


@dataclass(frozen=True, slots=True)
class Answered:
    """One line of the audit: who answered what, when, by which way."""

    by: str
    via: Via
    verb: str
    rest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Prompt:
    """One numbered message; `Prompts` replaces it when it changes."""

    number: int
    kind: str
    subject: str  # what it is about, in the words of its kind
    text: str  # as it was posted last
    actions: tuple[str, ...]  # the verbs it offers now
    urgent: bool
    is_open: bool
    asked_at: datetime
    posts: Mapping[int, Post] = field(default_factory=dict)  # by sequence
    answers: Sequence[Answered] = ()

    def was_told(self, jid: str) -> bool:
        """Whether it was sent to this person or room."""
        return any(post.recipient == jid and post.channel != "mail" for post in self.posts.values())


@dataclass(frozen=True, slots=True)
class Kind:
    """What one part asks people, and what it does with their answers."""

    name: str
    actions: tuple[Action, ...]
    # Does what the answer says, and gives the reply to who answered. Raises `StanzaError` with an
    # explanation for people, such as "17 was resolved by ann at 12:03"; then nothing has changed.
    answer: Callable[[Prompt, Said, Transaction], str]
    # Whether this bare JID (or room/nickname) may answer although nobody has told it so.
    may_answer: Callable[[Prompt, str], bool] = lambda prompt, address: False
    # A post could not be delivered: the recipient's server or client has refused it.
    undelivered: Callable[[Prompt, Post, Transaction], object] = lambda prompt, post, transaction: None
    # Elements that go along with its messages, rendered.
    payload: Callable[[Prompt], str] = lambda prompt: ""


def restored(stored: CoreStored) -> dict[int, Prompt]:
    """All that were committed, by number."""
    prompts: dict[int, Prompt] = {}
    posts: dict[int, dict[int, Post]] = {}
    answers: dict[int, list[Answered]] = {}
    for row in stored.posts:
        post = Post(row.recipient, row.channel, row.state, datetime.fromisoformat(row.at), row.versions)
        posts.setdefault(row.number, {})[row.sequence] = post
    for row in stored.answers:
        answered = Answered(row.by, row.via, row.verb, row.rest, datetime.fromisoformat(row.at))
        answers.setdefault(row.number, []).append(answered)
    for row in stored.prompts:
        prompts[row.number] = Prompt(
            row.number,
            row.kind,
            row.subject,
            row.text,
            tuple(row.actions.split()),
            row.urgent,
            row.is_open,
            datetime.fromisoformat(row.asked_at),
            posts.get(row.number, {}),
            answers.get(row.number, ()),
        )
    return prompts
