"""A sound to a Reading: styles as a soft prior, and what the sound says directly.

The prior is the three families whose renders are nearest. What differs from them is asked for directly: a sound
brighter than jazz usually is makes bright jazz. Tempo and key are hints.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band.listen.classifier import discriminant
from livecode.engines.band.listen.features import Heard, listen
from livecode.engines.band.listen.sound import read_sound, sound_of
from livecode.engines.band.reading import FAMILIES, Reading

CLEAR: Final = 0.45  # correlation from which on a key is worth a hint
DRUMLESS: Final = 0.25  # share of strokes under which a sound has no drums, if its styles usually have more
_TRAIT: Final = 0.5  # of a trait for one standard deviation from what its styles usually are
_LEAST: Final = 0.15  # traits smaller than this are not worth saying
_USUAL_TILT: Final = -2.0  # dB an octave, where "tone" is 0
_TILT_RANGE: Final = 3.0  # dB an octave to "tone" 1
_HELD, _STRUCK = 0.1, 0.6  # share of strokes of held tones alone, and of drums in front
_USUAL_WIDTH, _WIDTH_RANGE = -14.0, 14.0  # dB of the sides
_REMEMBERED: Final = 64  # files


class Listener:
    """Listens to sound files; remembers those that have not changed since."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int, int], Reading] = OrderedDict()

    def listen(self, path: str) -> Reading:
        """Return the Reading of a file: about 20 ms of work for a second of sound, of 30 s at most.

        Raises EngineError with a sentence if the file is missing, no sound, shorter than 2 s or silent.
        """
        place = Path(path).expanduser()
        state = place.stat() if place.is_file() else None
        key = (str(place), state.st_mtime_ns, state.st_size) if state else (path, 0, 0)
        if key not in self._known:
            self._known[key] = reading_of(listen(read_sound(path)))
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]


def hear(samples: npt.ArrayLike, rate: float) -> Reading:
    """Return the Reading of (samples,) or (samples, channels) at a rate in samples a second."""
    return reading_of(listen(sound_of(samples, rate)))


def reading_of(heard: Heard) -> Reading:
    """Return what is to be played for what was heard."""
    known = discriminant()
    styles = known.weights(heard.numbers)
    usual = sum((weight * known.usual[FAMILIES.index(name)] for name, weight in styles), np.zeros(3))
    here = np.array([heard.tilt, np.log2(1.0 + heard.rhythm.onsets), heard.percussive])
    bright, dense, struck = (here - usual) / np.maximum(known.deviations, 1e-6)
    traits = {
        "brightness": _TRAIT * float(bright),
        "density": _TRAIT * float(dense),
        "drums": _TRAIT * float(struck),
        "width": (heard.width - _USUAL_WIDTH) / _WIDTH_RANGE,
    }
    if heard.percussive < min(DRUMLESS, 0.6 * float(usual[2])):
        traits["drums"] = -1.0
    hints = {
        "tempo": float(np.clip(heard.rhythm.tempo, 40.0, 240.0)),
        "tone": float(np.clip((heard.tilt - _USUAL_TILT) / _TILT_RANGE, -1.0, 1.0)),
        "density": heard.rhythm.onsets,
        "percussiveness": float(np.clip((heard.percussive - _HELD) / (_STRUCK - _HELD), 0.0, 1.0)),
    }
    if heard.key.clarity >= CLEAR:
        hints |= {"root": float(heard.key.root), "minor": float(heard.key.minor)}
    clipped = {name: float(np.clip(value, -1.0, 1.0)) for name, value in traits.items() if abs(value) >= _LEAST}
    return Reading(styles, traits=clipped, hints=hints)
