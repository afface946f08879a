"""The operator's commands for accounts, on a router with sessions."""

import asyncio
from typing import Any

import pytest

from core_router.runtime.control import CommandError
from core_router.runtime.users import UserCommands
from tests.core_router import login
from tests.core_router.world import PASSWORD, World


def ask(world: World, command: str, **arguments: str) -> dict[str, Any]:
    """The answer to a command."""
    users = UserCommands(world.stores.accounts, lambda: world.server.domains, world.server.router)
    answer: Any = users.commands()[command](arguments)
    return dict(asyncio.run(answer))


def test_disabling_an_account(world: World) -> None:
    """Its sessions end, and nobody gets in until it is enabled."""
    alice, bob = world.client("alice@localhost/home"), world.client("bob@localhost/desk")
    assert ask(world, "user-disable", jid="alice") == {"jid": "alice@localhost"}
    alice.is_told("not-authorized")
    listed = {user["jid"]: user["disabled"] for user in ask(world, "user-list")["users"]}
    assert listed == {"alice@localhost": True, "bob@localhost": False}
    stranger = world.stranger()
    login.open_stream(stranger, world.domain)
    stranger.sends(login.auth("PLAIN", f"\0alice\0{PASSWORD}".encode()))
    login.fails(stranger, "account-disabled")
    ask(world, "user-enable", jid="alice@localhost")
    login.authenticate(stranger, "alice", PASSWORD, "PLAIN")
    assert bob.end is None


def test_messages_to_a_disabled_account_are_kept(world: World) -> None:
    bob = world.client("bob@localhost/desk")
    world.account("alice@localhost")
    ask(world, "user-disable", jid="alice")
    bob.sends("<message to='alice@localhost' type='chat'><body>Hello</body></message>")
    bob.receives_nothing()
    ask(world, "user-enable", jid="alice")
    alice = world.client("alice@localhost/home", available=False)
    alice.sends("<presence/>").receives("<message from='bob@localhost/desk'><body>Hello</body></message>")


@pytest.mark.parametrize("command", ["user-disable", "user-remove"])
def test_who_has_authenticated_before_does_not_get_in_after_it(world: World, command: str) -> None:
    """Between the login and the binding there is time enough for the operator."""
    world.account("alice@localhost")
    alice = world.stranger()
    login.open_stream(alice, world.domain)
    login.authenticate(alice, "alice", PASSWORD, "PLAIN")
    login.open_stream(alice, world.domain)
    ask(world, command, jid="alice")
    answer = alice.asks("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", kind="set")
    assert answer.find(".//{*}not-allowed") is not None


def test_an_account_that_was_removed_can_be_made_again(world: World) -> None:
    world.client("alice@localhost/home")
    ask(world, "user-remove", jid="alice")
    ask(world, "user-add", jid="alice", password=PASSWORD)
    world.client("alice@localhost/home", mechanism="SCRAM-SHA-256")


@pytest.mark.parametrize("command", ["user-disable", "user-enable"])
def test_what_does_not_exist_is_not_disabled(world: World, command: str) -> None:
    with pytest.raises(CommandError, match="there is no account nobody@localhost"):
        ask(world, command, jid="nobody")
