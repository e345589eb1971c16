"""Words for MIDI: keys and knobs in, notes, knobs and a clock out (the extra ``midi``).

Keys play as the player ``osc``, at the next frame. What is sent out leaves at the second at which it is heard.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from livecode.errors import LivecodeError, PatternError
from livecode.frames import nearest
from livecode.midi.keys import Keys
from livecode.midi.out import MidiOut
from livecode.midi.plug import Plug, guarded
from livecode.midi.ports import Input, Ports, RtPorts
from livecode.pattern import Pattern
from livecode.pattern.event import Row
from livecode.pattern.node import Node
from livecode.pattern.state import State
from livecode.pattern.ticks import Tick
from livecode.session.current import current, present
from livecode.session.exits import close_at_exit
from livecode.session.osc_out import play_out
from livecode.session.outputs import Door, Happening, Heard, number_of, outputs_of
from livecode.session.session import Session
from livecode.session.source import expression
from livecode.session.stage import Act

CLOCK_TICK: Final = 0xF8
START: Final = 0xFA
CONTINUE: Final = 0xFB
STOP: Final = 0xFC
SONG_POSITION: Final = 0xF2
TICKS_PER_BEAT: Final = 24
TICKS_PER_POSITION: Final = 6  # song positions count sixteenths
PLACE_SECONDS: Final = 0.002  # before its tick that the place in the song is said
VELOCITY: Final = 0.8


class Knobs:
    """A session's MIDI inputs by name, and where their knobs stand."""

    def __init__(self, session: Session, ports: Callable[[], Ports] = RtPorts) -> None:
        self._session, self._ports = session, ports
        self._plugs: dict[str, Plug[Input]] = {}
        self._keys: dict[str, Keys] = {}
        self._lock = threading.Lock()
        session.ending.append(self._ending)

    def open(self, port: str, *, channel: int, voice: str, pan: float) -> None:
        """Listen to a port, or listen otherwise to one that is open."""
        keys = Keys(channel=channel, voice=voice, pan=pan)
        with self._lock:
            old = self._keys.get(port)
            if old is not None:
                self._send(old.let_go())
                keys.knobs = old.knobs
            self._keys[port] = keys
        if port in self._plugs:
            return
        try:
            self._plug(port)
        except LivecodeError:
            del self._keys[port]
            raise

    def _plug(self, port: str) -> None:
        there = self._ports()
        plug: Plug[Input] = Plug(
            port,
            there.inputs,
            lambda name: there.open_input(
                name, guarded(lambda data, _at: self._hear(port, data), self._session.tellings.word)
            ),
            what="MIDI input",
            say=self._session.tellings.word,
            lost=lambda: self._send(self._keys[port].let_go()),
        )
        plug.watch()
        self._plugs[port] = plug
        close_at_exit(self)  # a key that is down sounds in the generator, which plays on

    def shut(self, port: str) -> None:
        """Listen to a port no more."""
        plug = self._plugs.pop(port, None)
        if plug is not None:
            plug.close()
        keys = self._keys.pop(port, None)
        if keys is not None:
            self._send(keys.let_go())

    def close(self) -> None:
        """Listen to nothing any more; keys that are down are let go."""
        for port in self.names():
            self.shut(port)

    def names(self) -> list[str]:
        """Return what is listened to."""
        return list(self._plugs)

    def value(self, channel: int, number: int) -> float | None:
        """Return where a knob stands, 0 to 1; None if it was not turned yet."""
        for keys in list(self._keys.values()):
            found = keys.knobs.get((channel, number))
            if found is not None:
                return found
        return None

    def _hear(self, port: str, data: Sequence[int]) -> None:
        """Take one message; on the MIDI system's thread."""
        with self._lock:
            keys = self._keys.get(port)
            messages = keys.hear(data) if keys is not None else []
        self._send(messages)

    def _send(self, messages: list[Any]) -> None:
        for message in messages:
            self._session.command(message.address, *message.args)

    def _ending(self, _player: str, closing: bool) -> None:
        if closing:
            self.close()


def knobs_of(session: Session) -> Knobs:
    """Return a session's MIDI inputs, made when they are first needed."""
    return session.part(Knobs)


class Knob(Node):
    """A knob as a signal: where it stands when it is asked."""

    live = True

    def __init__(self, number: int, channel: int, default: float) -> None:
        self.number, self.channel, self.default = number, channel, default

    def continuous(self) -> bool:
        return True

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:
        session = present()
        found = None if session is None else knobs_of(session).value(self.channel, self.number)
        return [(None, None, begin, end, self.default if found is None else found, ())]


def midi_in(port: str = "", *, channel: int = 0, voice: str = "", pan: float = 0.5) -> None:
    """Let a keyboard play the engine, and let its knobs be read by `cc`; a part of the port's name is enough.

    ``channel`` 1 to 16 listens to that one alone; ``voice`` is the instrument its notes are played by. The pedal holds
    notes. A cable that is pulled and plugged in again is found again.
    """
    if not 0 <= channel <= 16:
        raise PatternError(f"a MIDI channel is 1 to 16, or 0 for all of them, not {channel!r}")
    session = current()
    knobs = knobs_of(session)
    session.act(
        Act(
            (f"midi_in {port}", channel, voice, pan),
            lambda: knobs.open(port, channel=channel, voice=voice, pan=pan),
            lambda: knobs.shut(port),
            lambda: knobs.shut(port),
        )
    )


def cc(number: int, channel: int = 0, default: float = 0.0) -> Pattern:
    """Read a MIDI knob as a signal from 0 to 1: ``prompt("choir").weight(cc(74))``, ``cc(1).range(0.5, 2)``.

    Open its port with `midi_in` first. ``default`` is what it gives until it is turned. Its music is written only a
    moment ahead, so that a turn is heard soon.
    """
    if not isinstance(number, int) or not 0 <= number <= 119:
        raise PatternError(f"a MIDI control number is 0 to 119, not {number!r}")
    if not 0 <= channel <= 16:
        raise PatternError(f"a MIDI channel is 1 to 16, or 0 for any, not {channel!r}")
    return Pattern(Knob(number, channel, float(default)))


class MidiDoor(Door):
    """Plays happenings on a MIDI port: notes on a channel, or numbers as one control's values."""

    recalls = True

    def __init__(self, out: MidiOut, channel: int, control: int | None, latency: float) -> None:
        self._out, self._channel, self._control, self._latency = out, channel, control, latency
        self._value: int | None = None

    def send(self, happenings: list[Happening]) -> None:
        """Queue each for the second at which it is heard."""
        offset = self._offset()
        wrong: LivecodeError | None = None
        for happening in happenings:
            second = happening.unix + offset
            try:
                if self._control is not None:
                    self._turn(second, happening.value)
                elif isinstance(happening.value, Mapping) and "note" in happening.value:
                    self._note(second, happening)
            except LivecodeError as error:
                wrong = error  # the others are played
        if wrong is not None:
            raise wrong

    def cut(self, unix: float) -> None:
        """End the notes at a unix second, and send nothing of what waits for it or later."""
        self._out.cut(unix + self._offset())
        self._value = None

    def hush(self) -> None:
        """Send nothing of what waits; end the notes that sound."""
        self._out.hush()
        self._value = None

    def close(self) -> None:
        """Let go of the port."""
        self._out.close()

    def _offset(self) -> float:
        """Return what is added to a unix second for the monotonic one at which a message leaves."""
        return time.monotonic() - time.time() + self._latency

    def _turn(self, second: float, value: Any) -> None:
        number = float(number_of(value))
        step = max(0, min(127, round(number * 127)))
        if step != self._value:
            self._value = step
            self._out.control(second, self._channel, self._control or 0, number)

    def _note(self, second: float, happening: Happening) -> None:
        value = happening.value
        pitch = nearest(float(value["note"]))
        if not 0 <= pitch <= 127:
            raise PatternError(f"MIDI notes are 0 to 127, not {pitch}")
        velocity = float(number_of(value.get("velocity", VELOCITY))) * float(number_of(value.get("gain", 1.0)))
        if velocity > 0:
            self._out.note(second, self._channel, pitch, velocity, happening.sounds)


class ClockDoor(Door):
    """Sends a MIDI clock: 24 ticks a beat, start, stop and where in the song."""

    def __init__(self, out: MidiOut, beats_per_cycle: Fraction) -> None:
        self._out, self._a_cycle = out, TICKS_PER_BEAT * beats_per_cycle
        self._placed = False  # the receiver knows where in the song the next tick is
        out.at(time.monotonic(), (STOP,))  # one that runs takes no place in the song

    def send(self, happenings: list[Happening]) -> None:
        """Queue a tick for each; before the first that song positions can name, say where it is."""
        offset = time.monotonic() - time.time()
        for happening in happenings:
            second = happening.unix + offset
            number = round(happening.cycle * float(self._a_cycle))
            if not self._placed and number % TICKS_PER_POSITION == 0:
                self._placed = True
                self._place(second - PLACE_SECONDS, number // TICKS_PER_POSITION)
            self._out.at(second, (CLOCK_TICK,))

    def cut(self, unix: float) -> None:
        """Do nothing: the ticks of another pattern go on from those of this one."""

    def ended(self, unix: float) -> None:
        """Stop at a unix second."""
        self._stop(unix + time.monotonic() - time.time())

    def moved(self, heard: Heard, unix: float) -> None:
        """Stop at a unix second; where the beat runs, it goes on with the next tick that has a place."""
        self.ended(unix - 2 * PLACE_SECONDS)  # before the place of the first tick there is told

    def hush(self) -> None:
        """Stop."""
        self._out.hush()
        self._stop(time.monotonic())

    def close(self) -> None:
        """Stop, and let go of the port."""
        self._stop(time.monotonic())
        self._out.tend()
        self._out.close()

    def _stop(self, second: float) -> None:
        self._out.cut(second)
        if self._placed:
            self._placed = False
            self._out.at(second, (STOP,))

    def _place(self, second: float, position: int) -> None:
        self._out.at(second, (SONG_POSITION, position & 0x7F, position >> 7 & 0x7F))
        self._out.at(second, (START if position == 0 else CONTINUE,))


def midi_out(
    pattern: Any, port: str = "", channel: int = 1, *, control: int | None = None, latency: float = 0.0
) -> None:
    """Play a pattern's notes on a MIDI port, in step with what is heard; None ends it.

    With ``control=74`` a signal from 0 to 1 moves that control instead: ``midi_out(sine.slow(4), control=74)``.
    ``latency`` (seconds) is added: negative for an instrument that answers late.
    """
    text = expression(sys._getframe(1))
    if not isinstance(channel, int) or not 1 <= channel <= 16:
        raise PatternError(f"a MIDI channel is 1 to 16, not {channel!r}")
    if control is not None and not 0 <= control <= 119:
        raise PatternError(f"a MIDI control number is 0 to 119, not {control!r}")
    session = current()
    name = f"midi {port or 'out'} {channel}" + (f" cc {control}" if control is not None else "")
    play_out(
        session,
        name,
        pattern,
        lambda: MidiDoor(MidiOut(port, say=session.tellings.word), channel, control, latency),
        text,
    )


def midi_clock(port: str | None = "") -> None:
    """Send a MIDI clock to a port, with start, stop and song position; ``midi_clock(None)`` ends all of them."""
    session = current()
    length = session.beats_per_cycle
    ticks = Pattern.of(0).fast(TICKS_PER_BEAT * length)
    if port is None:
        for name in outputs_of(session).names():
            if name.startswith("midi clock"):
                play_out(session, name, None, lambda: ClockDoor(MidiOut("", say=session.tellings.word), length), "")
        return
    play_out(
        session, f"midi clock {port}", ticks, lambda: ClockDoor(MidiOut(port, say=session.tellings.word), length), ""
    )


__all__ = ["cc", "midi_clock", "midi_in", "midi_out"]
