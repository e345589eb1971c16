"""Scales, chords, voicings, and which chord a player means. Pitch classes are 0 (C) to 11, pitches MIDI."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from livecode.errors import EngineError, nearest

SCALES: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "major": (0, 2, 4, 5, 7, 9, 11),
        "minor": (0, 2, 3, 5, 7, 8, 10),
        "dorian": (0, 2, 3, 5, 7, 9, 10),
        "phrygian": (0, 1, 3, 5, 7, 8, 10),
        "lydian": (0, 2, 4, 6, 7, 9, 11),
        "mixolydian": (0, 2, 4, 5, 7, 9, 10),
        "harmonic": (0, 2, 3, 5, 7, 8, 11),
        "hijaz": (0, 1, 4, 5, 7, 8, 10),
        "pentatonic": (0, 2, 4, 7, 9),
        "minor_pentatonic": (0, 3, 5, 7, 10),
        "blues": (0, 3, 5, 6, 7, 10),
        "in": (0, 1, 5, 7, 8),
    }
)
_NUMERALS: Final = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
_QUALITIES: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "": (0, 4, 7),
        "7": (0, 4, 7, 10),
        "maj7": (0, 4, 7, 11),
        "6": (0, 4, 7, 9),
        "69": (0, 4, 7, 9, 14),
        "9": (0, 4, 7, 10, 14),
        "maj9": (0, 4, 7, 11, 14),
        "13": (0, 4, 7, 10, 14, 21),
        "7#9": (0, 4, 7, 10, 15),
        "7b9": (0, 4, 7, 10, 13),
        "maj7#11": (0, 4, 7, 11, 18),
        "add9": (0, 4, 7, 14),
        "+": (0, 4, 8),
        "sus2": (0, 2, 7),
        "sus4": (0, 5, 7),
        "7sus4": (0, 5, 7, 10),
        "9sus4": (0, 5, 7, 10, 14),
        "5": (0, 7),
        "m": (0, 3, 7),
        "m7": (0, 3, 7, 10),
        "m6": (0, 3, 7, 9),
        "m9": (0, 3, 7, 10, 14),
        "m11": (0, 3, 7, 10, 14, 17),
        "madd9": (0, 3, 7, 14),
        "mmaj7": (0, 3, 7, 11),
        "o": (0, 3, 6),
        "o7": (0, 3, 6, 9),
        "m7b5": (0, 3, 6, 10),
    }
)


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: root pitch class, and semitones above the root (extensions above 12)."""

    root: int
    tones: tuple[int, ...]

    @property
    def classes(self) -> tuple[int, ...]:
        """The chord's pitch classes, the root first."""
        return tuple(dict.fromkeys((self.root + tone) % 12 for tone in self.tones))

    @property
    def minor(self) -> bool:
        """Whether the third is small."""
        return 3 in self.tones and 4 not in self.tones


@lru_cache(maxsize=512)
def chord(symbol: str, scale: str) -> Chord:
    """Return a chord relative to the key from a roman numeral: ``ii7``, ``bVII``, ``Vsus4``, ``#ivo7``.

    Numerals count the steps of ``scale``; capitals are major, small ones minor. Raises EngineError.
    """
    match = re.fullmatch(r"([b#]?)([iv]+|[IV]+)(.*)", symbol)
    if match is None or match[2].lower() not in _NUMERALS:
        raise EngineError(
            f"{symbol!r} is not a chord; a chord is a numeral from i to VII and a kind, like ii7 or Vsus4"
        )
    steps = SCALES[scale] if len(SCALES[scale]) == 7 else SCALES["minor" if 3 in SCALES[scale] else "major"]
    root = (steps[_NUMERALS[match[2].lower()]] + {"": 0, "b": -1, "#": 1}[match[1]]) % 12
    kind = match[3]
    if match[2].islower() and kind not in ("5", "sus2", "sus4", "7sus4", "9sus4", "o", "o7", "m7b5"):
        kind = "m" + kind
    if kind not in _QUALITIES:
        raise EngineError(f"chord {symbol!r} has no kind {kind!r}{nearest(kind, _QUALITIES)}")
    return Chord(root, _QUALITIES[kind])


def transpose(of: Chord, by: int) -> Chord:
    """Return a chord with its root moved by semitones."""
    return Chord((of.root + by) % 12, of.tones)


def melody_scale(key: int, scale: str, over: Chord) -> tuple[int, ...]:
    """Return the pitch classes a melody may use over a chord: the key's, bent where the chord is outside of it."""
    inside = {(key + step) % 12 for step in SCALES[scale]}
    tones = set(over.classes)
    strange = tones - inside
    kept = {pc for pc in inside if not any((pc - odd) % 12 in (1, 11) for odd in strange)}
    return tuple(sorted(kept | tones))


def near(pitch: float, classes: Sequence[int]) -> int:
    """Return the pitch nearest to ``pitch`` whose class is among ``classes``; of two as near, the lower."""
    base = round(pitch)
    for distance in range(7):
        for candidate in (base - distance, base + distance):
            if candidate % 12 in classes:
                return candidate
    return base


def steps_from(pitch: int, steps: int, classes: Sequence[int]) -> int:
    """Return the pitch some scale steps above (or below) one that is in the scale."""
    direction = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += direction
        while pitch % 12 not in classes:
            pitch += direction
    return pitch


def _thinned(of: Chord, voices: int) -> list[int]:
    """Return the tones that say most about a chord: third and seventh, then extensions, fifth and root last."""
    order = sorted(of.tones, key=lambda tone: _IMPORTANCE.get(tone, 2))
    return sorted(order[:voices]) if voices < len(of.tones) else list(of.tones)


_IMPORTANCE: Final = {3: 0, 4: 0, 10: 1, 11: 1, 14: 2, 9: 2, 5: 1, 2: 1, 6: 1, 8: 1, 21: 3, 17: 3, 7: 5, 0: 4}


def voicing(of: Chord, centre: float, voices: int, kind: str, before: Sequence[int] = ()) -> tuple[int, ...]:
    """Return a chord's pitches round ``centre``, near those sounded before: each voice moves as little as it can.

    ``kind``: close, open (every second voice an octave up), drop2, shell (root, third, seventh), power (root,
    fifth, octave), guitar (root at the bottom, wide below).
    """
    if kind == "power":
        root = near(centre - 5, (of.root,))
        return (root, root + 7, root + 12)
    if kind == "guitar":
        root = near(centre - 9, (of.root,))
        tones = [tone % 12 for tone in of.tones[1:4]]
        above = sorted({near(root + 7, [(of.root + tone) % 12]) for tone in tones} | {root + 12})
        top = [pitch + 12 for pitch in above[:1]] if len(above) + 1 < voices else []
        return tuple(sorted({root, *above, *top}))
    if kind == "shell":
        wanted = [tone for tone in of.tones if tone in (3, 4, 5, 10, 11, 9)] or list(of.tones[1:])
        tones = [0, *wanted[:2]] if voices > 2 else wanted[:2]
    else:
        tones = _thinned(of, voices)
    classes = sorted({(of.root + tone) % 12 for tone in tones})
    best: tuple[int, ...] = ()
    best_cost = 1e9
    for turn in range(len(classes)):
        for shift in (-12, 0, 12):
            bottom = near(centre - 4, (classes[turn],)) + shift
            pitches = [bottom]
            for pc in classes[turn + 1 :] + classes[:turn]:
                pitches.append(pitches[-1] + ((pc - pitches[-1]) % 12 or 12))
            if kind == "drop2" and len(pitches) >= 4:
                pitches = sorted([*pitches[:-2], pitches[-2] - 12, pitches[-1]])
            elif kind == "open" and len(pitches) >= 3:
                pitches = sorted(pitch + 12 * (number % 2) for number, pitch in enumerate(pitches))
            cost = 1.2 * abs(sum(pitches) / len(pitches) - centre)
            cost += sum(min(abs(pitch - past) for past in before) for pitch in pitches) if before else 0.0
            cost += 4.0 * sum(1 for low, high in pairwise(pitches) if high - low == 1)
            cost += 3.0 * sum(1 for low, high in pairwise(pitches) if low < 52 and high - low < 5)
            if cost < best_cost - 1e-9:
                best, best_cost = tuple(pitches), cost
    return best


_TEMPLATES: Final = tuple(
    (root, tones)
    for tones in ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 7, 10), (0, 4, 7, 11), (0, 5, 7))
    for root in range(12)
)


def heard_chord(strengths: Sequence[float], lowest: int | None, before: Chord | None) -> Chord | None:
    """Return the chord that 12 pitch classes' strengths mean, or None for fewer than two classes.

    Each of 72 templates scores what lies inside it, less 0.42 of what lies outside; the lowest note speaks for its
    root, and the chord before holds on a little.
    """
    loudest = max(strengths)
    if loudest <= 0 or sum(1 for value in strengths if value > 0.25 * loudest) < 2:
        return None
    total = sum(strengths)
    best, best_score = None, -1e9
    for root, tones in _TEMPLATES:
        inside = sum(strengths[(root + tone) % 12] for tone in tones)
        missing = sum(1 for tone in tones if strengths[(root + tone) % 12] < 0.2 * loudest)
        score = (inside - 0.42 * (total - inside)) / total - 0.17 * missing
        score += 0.25 if lowest is not None and lowest % 12 == root else 0.0
        score += 0.15 if before is not None and (before.root, before.tones) == (root, tones) else 0.0
        if score > best_score + 1e-9:
            best, best_score = Chord(root, tones), score
    return best
