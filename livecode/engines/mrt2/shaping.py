"""What the official engine cannot do: a hand on the logits of every level.

A frame of sound is 12 codes from coarse (level 0: what is played) to fine (level 11: its grain). Here a performer
reaches the draw of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecode.engines.mrt2.stepper import CODEBOOKS, FloatArray, TokenArray

REMEMBERED: Final = 50  # frames (2 s) that novelty and ban look back on
MAX_TAKES: Final = 8
_PULL: Final = 8.0  # logits that a novelty of 1 pulls at codes heard lately


@dataclass(frozen=True, slots=True)
class Shaping:
    """How the codes of a frame are drawn, over and above temperature and top_k. The defaults are the official draw."""

    codebooks: int = CODEBOOKS  # levels that are drawn, 1 to 12; the finer ones are left out
    takes: int = 1  # versions of each frame that are drawn, of which the likeliest is kept, 1 to 8
    fine_temperature: float = 0.0  # -1 to 1: the finest level's temperature is doubled and the coarsest's halved at 1
    novelty: float = 0.0  # -1 to 1: away from (1: never again) or back to the codes of the last two seconds
    ban: int = 0  # the codes of the last so many frames, when this left 0, are not drawn until it is 0 again

    @classmethod
    def of(cls, controls: Mapping[str, float]) -> Shaping:
        """Return the shaping that a frame's master controls ask for; those it has not stay at their defaults."""
        default = cls()
        return cls(
            codebooks=int(controls.get("codebooks", default.codebooks)),
            takes=int(controls.get("takes", default.takes)),
            fine_temperature=float(controls.get("fine_temperature", default.fine_temperature)),
            novelty=float(controls.get("novelty", default.novelty)),
            ban=int(controls.get("ban", default.ban)),
        )

    def temperatures(self, temperature: float) -> list[float]:
        """Return the temperature of each level."""
        last = CODEBOOKS - 1
        return [temperature * 2 ** (self.fine_temperature * (2 * level / last - 1)) for level in range(CODEBOOKS)]

    @property
    def biased(self) -> bool:
        """True if logits are changed at all."""
        return bool(self.novelty or self.ban)


OFFICIAL: Final = Shaping()


def bias(shaping: Shaping, recent: TokenArray, banned: FloatArray) -> FloatArray:
    """Return what is added to the logits of each code, (12, codes).

    Args:
        recent: (frames, 12) codes of the last frames, -1 where there were none.
        banned: (12, codes), 1 for a banned code.
    """
    added = np.zeros(banned.shape, np.float32)
    if shaping.novelty:
        pull = -np.inf if shaping.novelty >= 1 else -_PULL * shaping.novelty
        for level in range(CODEBOOKS):
            heard = recent[:, level]
            added[level, heard[heard >= 0]] = pull
    if shaping.ban:
        added[banned > 0] = -np.inf
    added[np.isneginf(added).all(axis=1)] = 0.0  # something has to be drawn
    return added


def ban(shaping: Shaping, recent: TokenArray, banned: FloatArray) -> None:
    """Follow the control: mark the codes of the last ``ban`` frames when it leaves 0, forget them when it is 0.

    ``recent`` is oldest first.
    """
    if not shaping.ban:
        banned[:] = 0
    elif not banned.any():
        for frame in recent[-shaping.ban :]:
            for level, code in enumerate(frame):
                if code >= 0:
                    banned[level, code] = 1
