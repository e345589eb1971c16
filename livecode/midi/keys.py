"""What a keyboard or a box of knobs sends, in our words: notes with velocity, the pedal, and knobs as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from livecode.osc.wire import Message

SUSTAIN: Final = 64  # the control number of the pedal
DOWN: Final = 64  # from this value on it is down
ALL_SOUND_OFF: Final = 120
ALL_NOTES_OFF: Final = 123


class Keys:
    """Reads one port's messages; one thread at a time. ``channel`` 1 to 16, or 0 for all of them."""

    def __init__(self, *, channel: int = 0, voice: str = "", pan: float = 0.5) -> None:
        self.channel, self.voice, self.pan = channel, voice, pan
        self.knobs: dict[tuple[int, int], float] = {}  # (channel, control number) -> 0 to 1
        self._down: set[int] = set()  # pitches whose keys are down
        self._held: set[int] = set()  # pitches that the pedal holds
        self._pedals: set[int] = set()  # channels whose pedal is down

    def hear(self, data: Sequence[int]) -> list[Message]:
        """Return what a message asks the generator to do; malformed ones ask nothing."""
        if len(data) != 3 or data[1] > 127 or data[2] > 127:
            return []
        kind, channel, first, second = data[0] & 0xF0, (data[0] & 0x0F) + 1, data[1], data[2]
        if self.channel not in (0, channel):
            return []
        if kind == 0x90 and second:
            return self._strike(first, second)
        if kind in (0x80, 0x90):
            return self._release(first, channel)
        if kind == 0xB0:
            return self._turn(channel, first, second)
        return []

    def let_go(self) -> list[Message]:
        """Return the offs of everything that sounds: the cable was pulled."""
        pitches = sorted(self._down | self._held)
        self._down.clear()
        self._held.clear()
        self._pedals.clear()
        return [_off(pitch) for pitch in pitches]

    def _strike(self, pitch: int, velocity: int) -> list[Message]:
        again = [_off(pitch)] if pitch in self._down | self._held else []
        self._held.discard(pitch)
        self._down.add(pitch)
        return [*again, Message("/livecode/on", (pitch, velocity / 127, self.voice, self.pan))]

    def _release(self, pitch: int, channel: int) -> list[Message]:
        if pitch not in self._down:
            return []
        self._down.discard(pitch)
        if channel in self._pedals:
            self._held.add(pitch)
            return []
        return [_off(pitch)]

    def _turn(self, channel: int, number: int, value: int) -> list[Message]:
        if number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            return self.let_go()
        self.knobs[channel, number] = value / 127
        self.knobs[0, number] = value / 127  # the newest of any channel
        if number != SUSTAIN:
            return []
        if value >= DOWN:
            self._pedals.add(channel)
            return []
        self._pedals.discard(channel)
        held, self._held = sorted(self._held), set()
        return [_off(pitch) for pitch in held]


def _off(pitch: int) -> Message:
    return Message("/livecode/off", (pitch,))
