"""Numbered messages to people, and their answers, by whatever way they come.

A part that asks people something declares a `Kind`: which verbs answer it and what becomes of an answer.
It then calls `Prompts.ask`, `tell` and `correct`; text, forms, buttons and the operator's command all end
in `Prompts.answer`, which notes who answered what and when in the same transaction.

A receipt (XEP-0184) or marker (XEP-0333) says that a client has something, never that a person has
answered: it changes the state of a post and nothing else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from components.common.errors import StanzaError
from components.common.transaction import Transaction
from components.notifier import chat, storage
from components.notifier.chat import Button, Note, PostState
from components.notifier.numbers import Numbers
from components.notifier.prompt import Action, Answered, Kind, Post, Prompt, restored
from components.notifier.storage import CoreStored
from components.notifier.text import Said, Speaker

_ORDER = ("failed", "sent", "received", "displayed")  # a late receipt does not undo a marker


class Prompts:
    """All numbered messages that are remembered."""

    def __init__(
        self, domain: str, administrators: Sequence[str], numbers: Numbers, stored: CoreStored
    ) -> None:
        """`domain` is the address they come from."""
        self._domain, self._administrators, self._numbers = domain, frozenset(administrators), numbers
        self._kinds: dict[str, Kind] = {}
        self._prompts = restored(stored)
        # Sends to a room, after having entered it.
        self.post_in_room: Callable[[Note, Transaction], object] = self._send

    def register(self, kind: Kind) -> None:
        """Once per kind, when the service is built."""
        self._kinds[kind.name] = kind

    # -- for the parts that ask ---------------------------------------------------------------------

    def number(self, transaction: Transaction) -> int:
        """A number of the same sequence for something that is no message, such as a silence."""
        return self._numbers.next("prompt", transaction)

    def ask(
        self,
        kind: str,
        subject: str,
        text: str,
        transaction: Transaction,
        *,
        actions: Sequence[str] | None = None,
        urgent: bool = False,
        number: int = 0,
    ) -> Prompt:
        """A new prompt, told to nobody yet.

        `text` is for people and needs not name the number: the last line that is sent does, with what to
        answer. `actions` are the verbs offered, by default all of the kind. `number`: one that was taken
        by `number` before.
        """
        if actions is None:
            actions = [action.verb for action in self._kinds[kind].actions]
        number = number or self.number(transaction)
        prompt = Prompt(number, kind, subject, text, tuple(actions), urgent, True, transaction.now)
        self._put(prompt, transaction)
        return prompt

    def tell(self, number: int, jid: str, transaction: Transaction, *, in_room: bool = False) -> None:
        """Send it as it is now to a person (bare JID) or a room, as a message of its own, once more if they
        have had it before.
        """
        prompt, sequence = self._next(number)
        post = Post(jid, "room" if in_room else "chat", "sent", transaction.now)
        self._post(prompt, sequence, post, transaction)
        self._put_post(prompt, sequence, post, transaction)

    def note_mail(self, number: int, address: str, transaction: Transaction) -> None:
        """An e-mail about it is on its way; it belongs to what is known of who was told."""
        prompt, sequence = self._next(number)
        self._put_post(prompt, sequence, Post(address, "mail", "sent", transaction.now), transaction)

    def mail_failed(self, number: int, address: str, transaction: Transaction) -> None:
        """That e-mail could not be delivered."""
        prompt = self._prompts.get(number)
        for sequence, post in prompt.posts.items() if prompt is not None else ():
            if prompt is not None and (post.channel, post.recipient, post.state) == ("mail", address, "sent"):
                self._fail(prompt, sequence, post, transaction)
                return

    def correct(
        self,
        number: int,
        text: str,
        transaction: Transaction,
        *,
        actions: Sequence[str] | None = None,
        is_open: bool | None = None,
        urgent: bool | None = None,
    ) -> None:
        """Another text (and other actions) for all who have it: the latest message to each is corrected
        (XEP-0308); who had it several times sees the last of them change.

        `is_open`: whether answers are still expected; what is closed offers nothing any more.
        """
        prompt = self.get(number)
        prompt = replace(
            prompt,
            text=text,
            actions=prompt.actions if actions is None else tuple(actions),
            is_open=prompt.is_open if is_open is None else is_open,
            urgent=prompt.urgent if urgent is None else urgent,
        )
        self._put(prompt, transaction)
        latest = {
            post.recipient: sequence
            for sequence, post in prompt.posts.items()
            if post.state != "failed" and post.channel != "mail"
        }
        for sequence in latest.values():
            post = prompt.posts[sequence]
            state = "sent" if post.in_room else post.state  # until the room shows the correction
            post = replace(post, versions=post.versions + 1, state=state)
            self._post(self.get(number), sequence, post, transaction)
            self._put_post(self.get(number), sequence, post, transaction)

    def forget(self, number: int, transaction: Transaction) -> None:
        """Nobody needs it any more: its rows are deleted, and its number says nothing."""
        if number not in self._prompts:
            return
        transaction.discard(self._prompts, number)
        transaction.delete(storage.prompts, (number,))
        transaction.delete_all(storage.posts, (number,))
        transaction.delete_all(storage.answers, (number,))

    def get(self, number: int) -> Prompt:
        """Raises `item-not-found`."""
        try:
            return self._prompts[number]
        except KeyError:
            raise StanzaError("item-not-found", f"there is nothing with the number {number}") from None

    def all(self, kind: str = "") -> Iterable[Prompt]:
        """Those that are remembered, of one kind or all, by number."""
        found = [prompt for prompt in self._prompts.values() if kind in ("", prompt.kind)]
        return sorted(found, key=lambda prompt: prompt.number)

    def actions(self, prompt: Prompt) -> Sequence[Action]:
        """What can be answered now; nothing once it is closed."""
        every = {action.verb: action for action in self._kinds[prompt.kind].actions}
        return [every[verb] for verb in prompt.actions if verb in every] if prompt.is_open else ()

    def every_action(self, kind: str = "") -> Iterable[Action]:
        """All that can be answered at one time or another, of one kind or all."""
        kinds = [self._kinds[kind]] if kind else self._kinds.values()
        return [action for one in kinds for action in one.actions]

    def posted(self, id: str, jid: str) -> Prompt | None:
        """What was asked of that bare JID by the message of that id, or its correction."""
        found = _parts_of(id)
        prompt = self._prompts.get(found[0]) if found else None
        post = prompt.posts.get(found[1]) if prompt and found else None
        return prompt if post is not None and post.recipient == jid else None

    def unseen_in_rooms(self) -> Iterable[Note]:
        """What rooms have not shown us yet, as far as was committed: to be posted after a restart."""
        for prompt in self._prompts.values():
            for sequence, post in prompt.posts.items():
                if post.in_room and post.state == "sent":
                    yield self._note_of(prompt, sequence, post)

    # -- answers ------------------------------------------------------------------------------------

    def takes(self, number: int, verb: str) -> bool:
        """See `text.Answerable`."""
        prompt = self._prompts.get(number)
        return prompt is not None and any(action.verb == verb for action in self._kinds[prompt.kind].actions)

    def answer(self, number: int, said: Said, transaction: Transaction) -> str:
        """Take an answer: the reply to who gave it.

        Raises `StanzaError`, and then nothing has changed: `item-not-found`, `forbidden` for who was not
        asked, and whatever the kind says.
        """
        prompt = self.get(number)
        if not self.may_answer(prompt, said.by):
            raise StanzaError("forbidden", f"{number} is not yours to answer: you were not asked")
        reply = self._kinds[prompt.kind].answer(prompt, said, transaction)
        answered = Answered(said.by.address, said.by.via, said.verb, said.rest, transaction.now)
        action = next(one for one in self._kinds[prompt.kind].actions if one.verb == said.verb)
        if number in self._prompts and action.is_answer:
            self._note(number, answered, transaction)
        return reply

    def usages(self) -> Iterable[tuple[str, str]]:
        """See `text.Answerable`."""
        seen: dict[str, str] = {}
        for kind in self._kinds.values():
            for action in kind.actions:
                usage = f"{action.verb} NUMBER {action.argument}".strip()
                reaction = f" (or {action.emoji} at the message)" if action.emoji else ""
                seen.setdefault(usage, f"{action.summary}{reaction}")
        return seen.items()

    def may_answer(self, prompt: Prompt, by: Speaker) -> bool:
        """Whether somebody was asked, or may answer all the same."""
        return (
            by.via == "operator"
            or by.address in self._administrators
            or prompt.was_told(by.address)
            or (by.room != "" and prompt.was_told(by.room))
            or self._kinds[prompt.kind].may_answer(prompt, by.address)
        )

    # -- what becomes of messages -------------------------------------------------------------------

    def note_state(self, jid: str, id: str, state: PostState, transaction: Transaction) -> None:
        """A receipt, marker or error from that bare JID about the message of that id."""
        found = _parts_of(id)
        prompt = self._prompts.get(found[0]) if found else None
        post = prompt.posts.get(found[1]) if prompt and found else None
        if prompt is None or post is None or found is None or post.recipient != jid:
            return
        if (_ORDER.index(state) <= _ORDER.index(post.state) and state != "failed") or post.state == "failed":
            return
        if post.in_room and found[2] != post.versions:
            return  # an earlier version
        if state == "failed":
            self._fail(prompt, found[1], post, transaction)
        else:
            post = replace(post, state=state, at=transaction.now)
            self._put_post(prompt, found[1], post, transaction)

    def _fail(self, prompt: Prompt, sequence: int, post: Post, transaction: Transaction) -> None:
        post = replace(post, state="failed", at=transaction.now)
        self._put_post(prompt, sequence, post, transaction)
        self._kinds[prompt.kind].undelivered(self.get(prompt.number), post, transaction)

    # -- rows and stanzas ---------------------------------------------------------------------------

    def _put(self, prompt: Prompt, transaction: Transaction) -> None:
        transaction.replace(self._prompts, prompt.number, prompt)
        transaction.write(
            storage.prompts,
            (prompt.number,),
            {
                "kind": prompt.kind,
                "subject": prompt.subject,
                "text": prompt.text,
                "actions": " ".join(prompt.actions),
                "urgent": prompt.urgent,
                "is_open": prompt.is_open,
                "asked_at": prompt.asked_at.isoformat(),
            },
        )

    def _next(self, number: int) -> tuple[Prompt, int]:
        """The prompt, and the number of its next post."""
        prompt = self.get(number)
        return prompt, max(prompt.posts, default=0) + 1

    def _put_post(self, prompt: Prompt, sequence: int, post: Post, transaction: Transaction) -> None:
        prompt = self._prompts[prompt.number]
        changed = replace(prompt, posts={**prompt.posts, sequence: post})
        transaction.replace(self._prompts, prompt.number, changed)
        transaction.write(
            storage.posts,
            (prompt.number, sequence),
            {
                "recipient": post.recipient,
                "channel": post.channel,
                "state": post.state,
                "at": post.at.isoformat(),
                "versions": post.versions,
            },
        )

    def _note(self, number: int, answered: Answered, transaction: Transaction) -> None:
        prompt = self._prompts[number]
        transaction.replace(self._prompts, number, replace(prompt, answers=(*prompt.answers, answered)))
        values = {"by": answered.by, "via": answered.via, "verb": answered.verb, "rest": answered.rest}
        key = (number, len(prompt.answers) + 1)
        transaction.write(storage.answers, key, {**values, "at": answered.at.isoformat()})

    def _post(self, prompt: Prompt, sequence: int, post: Post, transaction: Transaction) -> None:
        note = self._note_of(prompt, sequence, post)
        (self.post_in_room if post.in_room else self._send)(note, transaction)

    def _note_of(self, prompt: Prompt, sequence: int, post: Post) -> Note:
        actions = self.actions(prompt)
        offered = ", ".join(f"{action.verb} {prompt.number}" for action in actions)
        first = f"{prompt.number}.{sequence}"
        return Note(
            post.recipient,
            f"{prompt.text}\nAnswer: {offered}" if offered else prompt.text,
            first if post.versions == 1 else f"{first}.{post.versions}",
            post.in_room,
            urgent=prompt.urgent and prompt.is_open and post.versions == 1 and not post.in_room,
            replaces=first if post.versions > 1 else "",  # XEP-0308 §3: always the first
            buttons=[Button(f"{a.verb} {prompt.number}", a.label) for a in actions if a.button],
            tracked=not post.in_room and post.versions == 1,
            payload=self._kinds[prompt.kind].payload(prompt),
        )

    def _send(self, note: Note, transaction: Transaction) -> None:
        chat.send(self._domain, note, transaction)


def _parts_of(id: str) -> tuple[int, int, int] | None:
    """Number, sequence and version in the id of a message."""
    words = id.split(".")
    if len(words) not in (2, 3) or not all(word.isdecimal() and len(word) < 19 for word in words):
        return None
    return int(words[0]), int(words[1]), int(words[2]) if len(words) == 3 else 1
