"""A lifecycle as a table of data: which state may follow which."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from laotie.core.errors import IllegalMove

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True)
class Lifecycle(Generic[S]):
    """States with their arrows; a state that cannot be reached from `start` is refused when the process boots."""

    start: S
    moves: Mapping[S, frozenset[S]]

    def __post_init__(self) -> None:
        """Refuse a table with a state missing or out of reach."""
        states = set(type(self.start))
        assert set(self.moves) == states, f"states without a row: {states - set(self.moves)}"
        reached = {self.start}
        frontier = [self.start]
        while frontier:
            found = self.moves[frontier.pop()] - reached
            reached |= found
            frontier.extend(found)
        assert reached == states, f"states out of reach: {states - reached}"

    def require(self, found: S, wanted: S) -> None:
        """Refuse a move that is no arrow of the table.

        Raises: IllegalMove.
        """
        if wanted not in self.moves[found]:
            raise IllegalMove(found=found.value, wanted=wanted.value)

    def is_final(self, state: S) -> bool:
        """Say whether nothing can follow."""
        return not self.moves[state]
