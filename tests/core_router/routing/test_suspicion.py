"""Which stanza a component dies of."""

from core_router.envelope import Envelope, read_envelope
from core_router.routing.suspicion import Suspicion


def message(id: str) -> Envelope:
    return read_envelope(f"<message from='a@b' to='c' id='{id}'/>".encode())


def dies(suspicion: Suspicion, first: Envelope, given: int) -> bool:
    """Given so many, of which the component handles none; whether the first is what it dies of."""
    if suspicion.alone:
        suspicion.gives(first)
    suspicion.ended(given)
    return suspicion.returned(first)


def test_one_that_gets_on_dies_of_nothing() -> None:
    suspicion = Suspicion()
    for number in range(10):
        assert not dies(suspicion, message(str(number)), 5)
        assert not suspicion.alone


def test_one_that_was_given_nothing_dies_of_nothing() -> None:
    suspicion, waiting = Suspicion(), message("1")
    for _ in range(10):
        suspicion.ended(0)
        assert not suspicion.returned(waiting)
    assert not suspicion.alone


def test_the_first_of_many() -> None:
    suspicion, poison = Suspicion(), message("1")
    assert not dies(suspicion, poison, 3)
    assert not suspicion.alone
    assert not dies(suspicion, poison, 3)
    assert suspicion.alone
    assert not dies(suspicion, poison, 1)
    assert dies(suspicion, poison, 1)


def test_another_of_many() -> None:
    """The first was only in the same burst; given alone it is handled."""
    suspicion, harmless, poison = Suspicion(), message("1"), message("2")
    assert not dies(suspicion, harmless, 3)
    assert not dies(suspicion, harmless, 3)
    suspicion.gives(harmless)
    suspicion.acknowledged(1)
    assert suspicion.alone
    assert not dies(suspicion, poison, 1)
    assert dies(suspicion, poison, 1)
    suspicion.acknowledged(2)
    assert not suspicion.alone
