"""A stanza its recipient dies of would come again with each new process: it is found, and answered instead.

A component that returns and has handled nothing of what it was given may have died of one of these
stanzas. After the second time they are given to it one by one; of which it then dies twice, it is not given
again. Nothing is suspected of a component that gets on, however often it ends.
"""

from core_router.envelope import Envelope

_TOGETHER = 2  # deaths with nothing handled, after which stanzas are given one by one
_ALONE = 2  # deaths of a stanza that was given alone


class Suspicion:
    """What one component may have died of."""

    def __init__(self) -> None:
        self._first: Envelope | None = None  # what it was to handle first when it last died
        self._deaths = 0  # with that one
        self._given = 0  # how many it had been given when it last died
        self._doubtful = 0  # how many are still to be given alone

    @property
    def alone(self) -> bool:
        """Whether stanzas are to be given one by one, the next when the last is acknowledged."""
        return self._doubtful > 0

    def gives(self, stanza: Envelope) -> None:
        """The component is given this one alone."""
        if stanza is not self._first:
            self._first, self._deaths = stanza, 0

    def ended(self, given: int) -> None:
        """Its connection is gone; so many of the stanzas it was given are not acknowledged."""
        self._given = given

    def returned(self, first: Envelope | None) -> bool:
        """It is back and says how far it got; `first` is what it was given and has not handled.

        Whether that is what it dies of.
        """
        if first is None or not self._given:
            return False
        if first is not self._first:
            self._first, self._deaths = first, 0
        self._deaths += 1
        if not self.alone and self._deaths == _TOGETHER:
            self._doubtful, self._deaths = self._given, 0
        elif self.alone and self._deaths == _ALONE:
            self._first = None
            return True
        return False

    def acknowledged(self, stanzas: int) -> None:
        """It has handled so many."""
        self._doubtful = max(0, self._doubtful - stanzas)
