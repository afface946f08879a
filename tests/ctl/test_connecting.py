"""What somebody is told who wants to connect."""

from typing import Any

import pytest
import tomlkit

from ctl.connecting import how_to_connect
from settings import Home
from tests.ctl.conftest import Operator


@pytest.mark.parametrize(
    ("http", "line"),
    [
        ({}, "web pages     wss://localhost:5280/xmpp-websocket, https://localhost:5280/http-bind"),
        ({"port": 443}, "web pages     wss://localhost:443/xmpp-websocket, https://localhost:443/http-bind"),
        (
            {"url": "https://chat.example/"},
            "web pages     wss://chat.example/xmpp-websocket, https://chat.example/http-bind",
        ),
        ({"port": 0}, None),
    ],
    ids=["default", "another port", "behind a proxy", "closed"],
)
def test_where_web_pages_connect(operator: Operator, http: dict[str, Any], line: str | None) -> None:
    home = Home(operator.home)
    document: Any = tomlkit.parse(home.configuration.read_text())
    document["core_router"]["http"].update(http)
    home.configuration.write_text(tomlkit.dumps(document))
    said = [told for told in how_to_connect(home) if told.startswith("web pages")]
    assert said == ([line] if line else [])


def test_without_a_router_there_are_rooms_on_the_server_of_somebody_else(operator: Operator) -> None:
    operator.configures("muc", rooms={"help": {}})
    operator.succeeds("disable", "core_router")
    assert how_to_connect(Home(operator.home)) == ["room          help@conference.localhost"]
    operator.succeeds("disable", "muc")
    assert how_to_connect(Home(operator.home)) == []
