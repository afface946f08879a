"""The router as a whole: what it consists of."""

from collections import Counter

import pytest

from core_router.feature import Feature
from core_router.services.disco import INFO
from tests.core_router.world import World


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
