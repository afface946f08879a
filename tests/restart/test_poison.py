"""A stanza that the room service dies of, whenever it is given it."""

import pytest

from bench.restart.installation import Installation, until
from bench.restart.scenario import Size, gathered
from tests.restart.mortal_muc import POISON

pytestmark = pytest.mark.slow


async def test_its_sender_is_told_and_the_others_talk_on(home: Installation) -> None:
    """Started again whenever it has died, the room service is not given that one any more in the end."""
    home.modules["muc"] = "tests.restart.mortal_muc"
    deaths = 0
    async with gathered(home, Size(clients=3, rooms=1)) as crowd:
        witness, poisoner, other = crowd.people
        for person in crowd.people:
            person.say()
        poisoner.client.send(
            f"<message type='groupchat' to='{poisoner.room}' id='{POISON}'><body>{POISON}</body></message>"
        )
        for person in crowd.people:
            person.say()

        def told() -> bool:
            nonlocal deaths
            if home.has_ended("muc"):
                deaths += 1
                home.launch("muc")
            return bool(poisoner.refused) and crowd.rooms[0].complete()

        await until(told, "the sender is told, and the others are heard", patience=300)
        await home.ready("muc")
        other.say()
        await crowd.settle()
        verdict = crowd.judge()
    assert poisoner.refused == [f"message {POISON} from {poisoner.room}"]
    assert 3 <= deaths <= 6
    assert (verdict.lost, verdict.doubled, verdict.disordered, verdict.false_presences) == (0, 0, 0, 0)
    assert not witness.refused
