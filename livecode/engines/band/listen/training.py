"""Make the classifier's data file anew from renders of the band; about five minutes on one core.

    python -m livecode.engines.band.listen.training

Most of the examples are the band as it is; in the others a style's music is played by instruments and in colours
that are not its own, so that the classifier learns how a style moves and not only how our patches sound.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from livecode.conditioning import Conditioning, Prepared, Prompt
from livecode.engines.band import random
from livecode.engines.band.dsp.patches import bank
from livecode.engines.band.engine import Band
from livecode.engines.band.ensemble import Event
from livecode.engines.band.listen.classifier import DATA, Discriminant, fit
from livecode.engines.band.listen.features import listen
from livecode.engines.band.listen.sound import sound_of
from livecode.engines.band.listen.spectrum import Array
from livecode.engines.band.reading import FAMILIES, INSTRUMENTS, Reading
from livecode.engines.band.styles import find_style
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_RATE, SAMPLE_RATE

SECONDS: Final = 10.0
PLAIN: Final = 5  # examples of each style as it is
FOREIGN: Final = 2  # examples in other colours
_WARM_UP: Final = 50  # frames, so that tails and the levels have settled


@dataclass(frozen=True, slots=True)
class Take:
    """What to render: a style, and how it is disguised."""

    style: str
    seed: int
    disguised: bool = False

    @property
    def tempo(self) -> float:
        """The style's own tempo, up to 7 % slower or faster."""
        return find_style(self.style).tempo * (0.93 + 0.14 * random.unit(self.seed, "tempo", self.style))

    @property
    def reading(self) -> Reading:
        """The prompt to play."""
        if not self.disguised:
            return Reading(((self.style, 1.0),))
        draw = [random.unit(self.seed, "disguise", self.style, name) for name in ("bright", "space", "drive", "width")]
        traits = {name: 1.6 * value - 0.8 for name, value in zip(("brightness", "space", "width"), draw, strict=False)}
        traits["drive"] = 0.5 * draw[3]
        return Reading(((self.style, 1.0),), tuple(self._instruments()), traits)

    def _instruments(self) -> Iterator[str]:
        for role in ("bass", "chords", "lead"):
            names = [name for name in INSTRUMENTS if name in bank() and bank()[name].role == role]
            if names and random.unit(self.seed, "swap", self.style, role) < 0.7:
                yield names[int(random.unit(self.seed, "instrument", self.style, role) * len(names))]


def render(take: Take, seconds: float = SECONDS, *, drums: int = -1) -> tuple[FloatArray, list[Event]]:
    """Return the sound of a take, (samples, 2), and what was played in it (from the first beat, before it too)."""
    return _played(Band(take.seed), take, seconds, drums)


def score(take: Take, seconds: float = SECONDS) -> list[Event]:
    """Return what is played in a take, without its sound: a tenth of the work."""
    band = Band(take.seed)
    band.desk.sounding = False
    return _played(band, take, seconds, -1)[1]


def _played(band: Band, take: Take, seconds: float, drums: int) -> tuple[FloatArray, list[Event]]:
    blend = ((Prepared(Prompt(take.style), take.reading), 1.0),)
    first = 16.0 * int(random.unit(take.seed, "begin", take.style) * 8)  # beats: some section or other
    temperature = 0.6 + 0.9 * random.unit(take.seed, "temperature", take.style)
    controls: Mapping[str, float] = {"temperature": temperature, "drums": drums}
    sound: list[FloatArray] = []
    events: list[Event] = []
    for frame in range(_WARM_UP + int(seconds * FRAME_RATE)):
        beat = first + frame * take.tempo / 1500.0
        now = Conditioning(frame=frame, beat=beat, tempo=take.tempo, running=True, blend=blend, controls=controls)
        sound.append(band.step(now))
        events += band.events
    return np.concatenate(sound[_WARM_UP:]), events


def takes(plain: int = PLAIN, foreign: int = FOREIGN, first_seed: int = 100) -> list[Take]:
    """Return the takes to learn from."""
    return [
        Take(style, first_seed + number, disguised=number >= plain)
        for style in FAMILIES
        for number in range(plain + foreign)
    ]


def example(take: Take) -> tuple[Array, Array]:
    """Return the numbers of a take, (117,), and its tilt, onsets and share of strokes, (3,)."""
    heard = listen(sound_of(render(take)[0], SAMPLE_RATE))
    return heard.numbers, np.array([heard.tilt, np.log2(1 + heard.rhythm.onsets), heard.percussive])


def learn(chosen: list[Take], workers: int = 1) -> Discriminant:
    """Render takes, listen to them, and return what tells their styles apart."""
    with ProcessPoolExecutor(workers) as pool:
        examples = list(pool.map(example, chosen, chunksize=4))
    numbers, measures = (np.stack(rows) for rows in zip(*examples, strict=True))
    families = np.array([FAMILIES.index(take.style) for take in chosen], np.intp)
    return fit(numbers, families, np.array([take.disguised for take in chosen]), measures)


def main(path: Path = Path(__file__).parent / DATA) -> None:
    """Write the data file."""
    learnt = learn(takes(), workers=2)
    with path.open("wb") as file:
        np.savez_compressed(
            file, **{name: getattr(learnt, name).astype(np.float32) for name in Discriminant.__dataclass_fields__}
        )
    print(f"{path}: {path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
