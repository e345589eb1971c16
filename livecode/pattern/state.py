"""What arrives with a query: whose randomness it is, and what a beat and a second are."""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b
from typing import Final

from livecode.pattern.ticks import BEATS_PER_CYCLE, Tick

DEFAULT_TEMPO: Final = Fraction(125)  # beats a minute
_MASK: Final = (1 << 64) - 1
_STEP: Final = 0x9E3779B97F4A7C15  # the golden ratio in 64 bits: keys of neighbouring draws land far apart


def key_of(*words: str | int) -> int:
    """Return 64 bits that depend on every word, the same on every machine."""
    return int.from_bytes(blake2b("\0".join(map(str, words)).encode(), digest_size=8).digest(), "big")


def mixed(value: int) -> int:
    """Return 64 well-mixed bits of a 64-bit number (the finaliser of SplitMix64, Steele et al. 2014)."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def draw(key: int, time: Tick) -> float:
    """Return the random number in [0, 1) of a key at a time."""
    if isinstance(time, int):
        word = time % 0x1FFFFFFFFFFFFFFF  # 2**61 - 1, a prime: no two times of a set fall together
    else:
        word = (time.numerator * 0xD6E8FEB86659FD93 + time.denominator) % 0x1FFFFFFFFFFFFFFF
    # mixed(mixed(word + key) ^ key), written out: this is asked for each event of each chance
    word = (word + key) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    word ^= (word >> 31) ^ key
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((word ^ (word >> 31)) >> 11) * 2.0**-53


class State:
    """The part of a query that is not time; nodes pass it on."""

    __slots__ = ("_shifted", "beats_per_cycle", "key", "ordinal", "player", "seed", "tempo")

    def __init__(
        self,
        seed: int = 0,
        player: str = "",
        *,
        tempo: Fraction = DEFAULT_TEMPO,
        beats_per_cycle: Fraction = Fraction(BEATS_PER_CYCLE),
    ) -> None:
        self.seed, self.player, self.tempo, self.beats_per_cycle = seed, player, tempo, beats_per_cycle
        self.key = key_of(seed, player)
        self.ordinal = 0  # of the first draw of the expression that is asked
        self._shifted: dict[int, State] = {}  # states made of this one, as joins ask for them again and again

    def draw_key(self, ordinal: int) -> int:
        """Return the key of the draw with this ordinal."""
        return mixed((self.key + (self.ordinal + ordinal + 1) * _STEP) & _MASK)

    def shifted(self, ordinals: int) -> State:
        """Return the state for an expression that stands after ``ordinals`` other draws."""
        state = self._shifted.get(ordinals)
        if state is None:
            state = self._shifted[ordinals] = self._copy()
            state.ordinal += ordinals
        return state

    def keyed(self, *words: str | int) -> State:
        """Return a state whose draws depend on the seed and ``words``, and on nothing else."""
        state = self._copy()
        state.key, state.ordinal = key_of(self.seed, "key", *words), 0
        return state

    def salted(self, *words: str | int) -> State:
        """Return a state with other draws than this one has."""
        state = self._copy()
        state.key = key_of(self.key, *words)
        return state

    def _copy(self) -> State:
        state = State.__new__(State)
        state.seed, state.player, state.tempo, state.beats_per_cycle = (
            self.seed,
            self.player,
            self.tempo,
            self.beats_per_cycle,
        )
        state.key, state.ordinal, state._shifted = self.key, self.ordinal, {}
        return state
