"""The router as a whole: what it consists of, and what a reload changes."""

from collections import Counter

import pytest

from core_router.config import Component as ComponentTable
from core_router.feature import Feature
from core_router.services.disco import INFO
from tests.core_router.world import SECRET, World


@pytest.fixture
def features(monkeypatch: pytest.MonkeyPatch) -> list[Feature]:
    """Those a router is made of."""
    installed: list[Feature] = []
    world = World()
    install = type(world.server.router).install

    def note(router: object, some: list[Feature]) -> None:
        installed.extend(some)
        install(router, some)  # type: ignore[arg-type]

    monkeypatch.setattr(type(world.server.router), "install", note)
    world.restart()
    return installed


def test_every_feature_has_a_name_of_its_own(features: list[Feature]) -> None:
    assert all(feature.name for feature in features)
    assert Counter(feature.name for feature in features).most_common(1)[0][1] == 1


def test_standards_are_written_as_they_are_cited(features: list[Feature]) -> None:
    for feature in features:
        for standard in feature.standards:
            assert standard.startswith(("RFC ", "XEP-"))


def test_discovery_names_exactly_what_the_features_declare(features: list[Feature]) -> None:
    alice = World().client("alice@localhost/home")
    for address, declared in (
        ("localhost", {name for feature in features for name in feature.domain_features}),
        ("alice@localhost", {name for feature in features for name in feature.account_features}),
    ):
        query = alice.asks(f"<query xmlns='{INFO}'/>", to=address)[0]
        assert {feature.get("var") for feature in query.iterfind(f"{{{INFO}}}feature")} == declared


class TestReload:
    def test_components_come_and_go_while_others_stay(self, world: World) -> None:
        stays, goes = world.component("stays.localhost"), world.component("goes.localhost")
        tables = {name: ComponentTable(secret=SECRET) for name in ("stays.localhost", "comes.localhost")}
        world.reconfigure(component=tables)
        goes.is_told("host-gone")
        comes = world.component("comes.localhost")
        assert stays.end is comes.end is None
        alice = world.client("alice@localhost/home")
        alice.sends("<message to='stays.localhost'/>", "<message to='comes.localhost'/>")
        stays.receives_next("<message/>")
        comes.receives_next("<message/>")
        alice.sends("<message to='goes.localhost' id='1'/>")
        alice.receives_next("<message type='error' id='1' from='goes.localhost'/>")

    def test_sessions_are_not_disturbed(self, world: World) -> None:
        alice = world.client("alice@localhost/home")
        world.reconfigure(component={"comes.localhost": ComponentTable(secret=SECRET)})
        assert alice.asks("<ping xmlns='urn:xmpp:ping'/>", to="localhost").get("type") == "result"
        alice.receives_nothing()
