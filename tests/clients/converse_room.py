"""A room in Converse.js: its windows, forms and buttons, beyond talking."""

from tests.clients.converse import Converse

_FORM = "converse-muc-config-modal"
_WHISPERING = "converse-muc-sidebar"


class ConverseRoom:
    """The room that is open on a page."""

    def __init__(self, page: Converse, room: str) -> None:
        self._page, self._browser, self._room = page, page.browser, room

    async def asks_for_password(self, password: str) -> None:
        """Protect the room, in its form (XEP-0045 §10.2)."""
        await self._browser.clicks(".configure-chatroom-button")
        await self._browser.types(f"{_FORM}.show [name='muc#roomconfig_roomsecret']", password)
        await self._browser.clicks(f"{_FORM} [name='muc#roomconfig_passwordprotectedroom']")
        await self._browser.clicks(f"{_FORM} [type=submit]")
        await self._browser.shows(f"!document.querySelector('{_FORM}.show')")

    async def is_entered_with(self, password: str) -> None:
        """Give the password the page asks for."""
        await self._browser.types("converse-muc-password-form [type=password]", password)
        await self._browser.presses_enter()
        await self._page.is_in(self._room)

    async def invites(self, jid: str) -> None:
        """Invite somebody who is not a contact."""
        await self._browser.clicks(".open-invite-modal")
        await self._browser.types("converse-muc-invite-modal.show input[name=invitee_jids]", jid)
        await self._browser.clicks("converse-muc-invite-modal [type=submit]")
        await self._browser.shows("!document.querySelector('converse-muc-invite-modal.show')")

    async def follows_invitation(self, nick: str) -> None:
        """Say yes to the question whether to enter, and who wants to."""
        await self._browser.clicks("converse-confirm-modal.show [type=submit]")
        await self._browser.types("converse-muc-nickname-form [name=nick]", nick)
        await self._browser.clicks("converse-muc-nickname-form [type=submit]")
        await self._page.is_in(self._room)

    async def retracts(self, body: str, reason: str) -> None:
        """Take back what somebody has said (XEP-0425)."""
        said = (
            "[...document.querySelectorAll('converse-chat-message')]"
            f".find(one => one.textContent.includes({body!r}))"
        )
        await self._browser.runs(f"{said}.querySelector('.chat-msg__action-retract').click()")
        await self._browser.types("converse-confirm-modal.show [name=reason]", reason)
        await self._browser.clicks("converse-confirm-modal.show [type=submit]")

    async def whispers(self, nick: str, body: str) -> None:
        """Talk to one occupant beside the room (§7.5)."""
        await self._browser.clicks(".occupant-nick", nick)
        await self._browser.types(f"{_WHISPERING} .chat-textarea", body)
        await self._browser.presses_enter()

    async def shows(self, text: str) -> None:
        """Wait until this stands in the room, as something said or noted."""
        await self._browser.shows(f"document.querySelector('converse-muc').innerText.includes({text!r})")

    async def hides(self, text: str) -> None:
        """Wait until this stands in the room no more."""
        await self._browser.shows(f"!document.querySelector('converse-muc').innerText.includes({text!r})")
