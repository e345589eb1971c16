"""Call and response: while the player plays a phrase the lead keeps still, and then answers with it, varied."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from livecode.engines.band import random
from livecode.engines.band.following import Follower, Played
from livecode.engines.band.parts.step import Step
from livecode.engines.band.scene import Scene

REST: Final = 0.75  # beats of silence after which a phrase is over
LEAST: Final = 3  # notes that make a phrase
LONGEST: Final = 8.0  # beats of a phrase that are answered
STILL_BEFORE: Final = 1.0  # beats for which the lead keeps still after the player's last note


@dataclass(slots=True)
class Answer:
    """Remembers the answer that is being played."""

    steps: tuple[Step, ...] = ()
    about: tuple[Played, ...] = ()
    until: float = -1e9

    def state(self) -> tuple[tuple[Step, ...], tuple[Played, ...], float]:
        """Return all there is to remember."""
        return self.steps, self.about, self.until

    def set_state(self, state: tuple[tuple[Step, ...], tuple[Played, ...], float]) -> None:
        """Go on from what `state` gave."""
        self.steps, self.about, self.until = state

    def __call__(
        self, scene: Scene, plan: tuple[Step, ...], begin: float, end: float, follower: Follower
    ) -> tuple[Step, ...]:
        """Return what the lead plays in a frame: its plan, nothing while the player plays, or an answer."""
        since = begin - follower.last_beat
        phrase = follower.phrase
        if begin < self.until and phrase == self.about and since > 0:
            return self.steps
        if since < -1 or not phrase:
            return plan
        if since < STILL_BEFORE and _is_tune(phrase):
            self.until = -1e9
            ready = since >= REST and phrase != self.about
            if ready:
                self._begin(scene, begin, phrase)
            return ()
        return plan

    def _begin(self, scene: Scene, beat: float, phrase: tuple[Played, ...]) -> None:
        """Turn the phrase into an answer from the next beat on: its rhythm and contour, another end."""
        start = float(ceil(beat + 0.25))
        first = phrase[0]
        kept = [note for note in phrase if note.beat - first.beat < LONGEST]
        steps = []
        for number, note in enumerate(kept):
            at = start + round((note.beat - first.beat) * 4) / 4
            coming = kept[number + 1].beat if number + 1 < len(kept) else note.beat + 1.0
            degree = round((note.pitch - first.pitch) * 7 / 12)
            if number >= len(kept) - 2 and not scene.still:
                degree += random.pick((-2, -1, 1, 2), scene.seed, "answer", round(at * 4), number)
            last = number == len(kept) - 1
            velocity = min(1.0, 0.35 + 0.5 * note.velocity)
            length = min(1.5, max(0.2, coming - note.beat)) * 0.9
            steps.append(Step(at, length, "m", velocity, 0 if last else degree, last or number == 0, at))
        self.steps, self.about = tuple(steps), phrase
        self.until = steps[-1].at + 1.0


def _is_tune(phrase: tuple[Played, ...]) -> bool:
    """Return whether a phrase is a melody and not chords: most of its notes are struck alone."""
    beats = [round(note.beat * 8) for note in phrase]
    return len(phrase) >= LEAST and len(set(beats)) >= 0.75 * len(beats)
