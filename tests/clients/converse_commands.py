"""Ad-hoc commands in Converse.js (XEP-0050): its list of commands, and their forms."""

from tests.clients.converse import Converse

_COMMANDS = "converse-adhoc-commands"


class ConverseCommands:
    """The commands of one address, out of the settings of the page."""

    def __init__(self, page: Converse, address: str) -> None:
        self._browser, self._address = page.browser, address

    async def opens(self, command: str) -> None:
        """Ask which commands there are, and choose one by its name; its form is shown."""
        await self._browser.clicks("converse-user-profile .show-client-info")
        await self._browser.clicks("#commands-tab")
        field = f"{_COMMANDS} input[name=jid]"
        await self._browser.shows(f"!!document.querySelector('{field}')")
        await self._browser.runs(f"void (document.querySelector('{field}').value = '')")
        await self._browser.types(field, self._address)
        await self._browser.clicks(f"{_COMMANDS} input[type=submit]")
        await self._browser.clicks(f"{_COMMANDS} a", command)

    async def chooses(self, name: str, value: str) -> None:
        """Choose in a list of the form."""
        field = f"document.querySelector('{_COMMANDS} select[name={name}]')"
        await self._browser.shows(f"!!{field}")
        await self._browser.runs(f"void ({field}.value = {value!r})")

    async def fills_in(self, name: str, text: str) -> None:
        """Type into a field of the form."""
        await self._browser.types(f"{_COMMANDS} input[name={name}]", text)

    async def completes(self, note: str) -> None:
        """Send the form, and see what it has brought about."""
        await self._browser.runs(f"document.querySelector('{_COMMANDS} input[data-action=complete]').click()")
        await self._browser.shows(f"document.querySelector('{_COMMANDS}').innerText.includes({note!r})")
