"""Links to a router, for whoever tests them."""

import asyncio

import pytest

from tests.components.common.conversation import Conversation


@pytest.fixture
def plain(runner: asyncio.Runner) -> Conversation:
    """Connected to a server that does not know stream management."""

    async def begun() -> Conversation:
        made = Conversation()
        made.connects()
        return made

    return runner.run(begun())


@pytest.fixture
def managed(runner: asyncio.Runner) -> Conversation:
    """A managed link that is up."""

    async def begun() -> Conversation:
        made = Conversation()
        await made.begins()
        made.pauses()
        return made

    return runner.run(begun())
