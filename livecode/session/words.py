"""The words of the language that are no patterns: tempo, master, bank, hush and their like.

Each means the session that speaks where it is used. What changes the music does so at the next beat; mute, solo, hush
and panic act at once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from livecode import controls
from livecode.errors import ControlError, DeviceError, LivecodeError, PatternError, TimeError
from livecode.pattern import Audio, Blend, Pattern
from livecode.pattern.duration import Duration, bar
from livecode.pattern.ticks import rational
from livecode.pattern.weighing import asks
from livecode.session.current import current
from livecode.session.player import NUMBERED, Player, Players, mute, name_of, solo, unmute, unsolo
from livecode.session.source import expression
from livecode.session.stage import Act
from livecode.session.writer import MASTER as MASTER
from livecode.transport import millibpm

Length = float | Fraction | Duration

p = Players()
d1, d2, d3, d4, d5, d6, d7, d8 = (Player(f"d{number}") for number in range(1, 9))
d9, d10, d11, d12, d13, d14, d15, d16 = (Player(f"d{number}") for number in range(9, NUMBERED + 1))


def tempo(bpm: float | None = None, glide: Length = 0) -> float | None:
    """Set the tempo in beats a minute (20 to 400) from the next beat on, over ``glide`` beats; without one, tell it.

    At 125, 93.75, 75, 62.5 and 187.5 sixteenths fall on whole frames of 40 ms; at others it says by how much they
    stray.
    """
    session = current()
    if bpm is None:
        return session.tempo
    wanted = millibpm(bpm) / 1000
    over = _beats(glide, "glide")
    known = session.tempo
    session.act(
        Act(
            ("tempo", wanted, over),
            lambda: session.set_tempo(wanted, over),
            lambda: session.set_tempo(known, Fraction(0)),
        )
    )
    return None


def master(**values: Any) -> None:
    """Set controls that have one value for everything, to a number or a pattern, from the next beat on.

    ``glide=`` is how many beats a new number takes. ``master(temperature=saw.range(0.9, 1.4).slow(32))``; None gives
    a control back: it goes to what another player writes, else to its default. The names are those of the control
    table, of kind master.
    """
    _master(values, expression(sys._getframe(1)))


def _master(values: dict[str, Any], text: str) -> None:
    glide = values.pop("glide", None)
    over = None if glide is None else _beats(glide, "glide")
    if not values:
        raise ControlError("master(...) takes controls by name, such as master(temperature=1.2)")
    rows = {}
    for name, value in values.items():
        row = controls.find(name)
        if row.kind != "master":
            raise ControlError(f"{row.name} is not a master control; write it on a player, such as .{row.name}(...)")
        if value is not None and not isinstance(value, str | list | Pattern):
            row.check(value)
        rows[row.name] = value
    session = current()
    for name, value in rows.items():
        if value is None:
            session.stop(MASTER + name)
        else:
            session.play(MASTER + name, _control(name, value, over), text)


def level(value: Any, glide: Length | None = None) -> None:
    """Set the loudness of everything: 1 as it is, 0 silence; a number or a pattern."""
    values = {"level": value} if glide is None else {"level": value, "glide": glide}
    _master(values, expression(sys._getframe(1)))


class Table(dict[str, Any]):
    """Names and values that show themselves in lines."""

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        return "\n".join(f"{name:{width}}  {value}" for name, value in self.items()) or "(nothing)"


def bank(**prompts: Any) -> Mapping[str, Any] | None:
    """Name prompts, for use inside ``{}``: ``bank(choir="choir in a cathedral")``, ``prompt("{<pads choir>/4}")``.

    Without prompts, return those that have names.
    """
    session = current()
    if not prompts:
        return Table(session.known_bank)
    for name, value in prompts.items():
        if not isinstance(value, str | Audio | Blend) and not asks(value):
            raise PatternError(f"bank: {name} is a prompt's text, audio(...), blend(...) or prompts, not {value!r}")
        if value == "":
            raise PatternError(f"bank: {name} has no text")
        name_of(name)
        if isinstance(value, str):
            controls.find("prompt").check(value)
    session.name_prompts(prompts)
    return None


def grid(kind: str) -> None:
    """Place notes and hits to the 40 ms frame ("frames") or, where the engine can, to the sample ("fine")."""
    if kind not in ("frames", "fine"):
        raise ControlError(f"the grid is 'frames' or 'fine', not {kind!r}")
    session = current()
    was = "fine" if session.fine else "frames"
    session.act(Act(("grid", kind), lambda: session.set_grid(kind), lambda: session.set_grid(was)))


def quantize(beats: float | Fraction) -> None:
    """Let evaluations begin on multiples of so many beats: 1 the next beat, 4 the next bar."""
    wanted = rational(beats)
    if not 0 < wanted <= 1024:
        raise TimeError(f"quantize takes beats above 0 and up to 1024, not {beats}; quantize(4) is a bar")
    session = current()
    was = session.quantum

    def put(value: Fraction) -> None:
        session.quantum = value

    session.act(Act(("quantize", wanted), lambda: put(wanted), lambda: put(was)))


def beats_per_cycle(beats: float | Fraction) -> None:
    """Say how many beats a cycle (a bar) has; 4 unless told."""
    wanted = rational(beats)
    if not Fraction(1, 16) <= wanted <= 256:
        raise TimeError(f"a cycle has from 1/16 to 256 beats, not {beats}")
    session = current()
    was = session.beats_per_cycle
    session.act(Act(("cycle", wanted), lambda: session.set_cycle(wanted), lambda: session.set_cycle(was)))


def reseed(number: int) -> None:
    """Choose the randomness of all patterns: the same seed gives the same music. From the next beat on."""
    if not isinstance(number, int):
        raise PatternError(f"a seed is a whole number, not {number!r}")
    session = current()
    was = session.seed
    session.act(Act(("reseed", number), lambda: session.set_seed(number), lambda: session.set_seed(was)))


def hush(*players: Player | str, fade: Length = 1) -> None:
    """Stop: all players, or some. Notes end at once and the sound fades over ``fade`` beats; the next line plays."""
    session = current()
    if players:
        for player in players:
            Player(name_of(player)).hush()
        return
    over = _beats(fade, "fade")

    def do() -> None:
        session.command("/livecode/hush", "", over)
        session.forget()

    session.act(Act(("hush",), do))


def panic() -> None:
    """Silence within 5 ms, whatever hangs; the engine begins anew."""
    session = current()

    def do() -> None:
        session.command("/livecode/panic")
        session.forget()

    session.act(Act(("panic",), do))


def free() -> None:
    """Take all style away: the engine goes on from its memory."""
    _simple("free")


def start() -> None:
    """Let the beat run on."""
    _simple("start")


def stop() -> None:
    """Hold the beat: notes end, the sound fades; `start` goes on from there."""
    _simple("stop")


def seek(beat: float | Fraction) -> None:
    """Go to a beat; players play what they have there, its first beat included.

    What plays goes on until they have it ready, for some frames.
    """
    wanted = rational(beat)
    if wanted < 0:
        raise TimeError(f"beats begin at 0; seek({beat}) is before")
    session = current()
    session.act(Act(("seek", wanted), lambda: session.seek(wanted)))


def record(name: str = "") -> None:
    """Begin a recording (24-bit, into the recordings folder) of that name; without a name end it."""
    _simple("record", _name(name, "a recording", empty=True))


def device(name: str | int | None = None) -> str | None:
    """Play on another sound card, by number, name or part of it; without one, tell what plays.

    ``device("headphones")``, ``device("default")`` the system's, ``device("null")`` nothing at all, in real time.
    `livecode devices` lists them. What comes of it is told: the card that plays goes on until the other one does.
    """
    if name is None:
        return str(status()["sink"])
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        raise DeviceError(f"a sound card has a name or a number, such as device('default'), not {name!r}")
    _simple("device", str(name))
    return None


def snapshot(name: str | None = None) -> None:
    """Keep the engine's state, for `recall`: under a name, or without one.

    16 are kept. When there are more, the oldest without a name goes; when all have names, a new name is refused.
    """
    _simple("snapshot", "" if name is None else _name(name, "a snapshot"))


def recall(name: str | None = None) -> None:
    """Let the engine go on, at the next bar, from a state that `snapshot` kept, in this run or an earlier one.

    Without a name: from the newest snapshot that has none.
    """
    _at_bar("recall", "" if name is None else _name(name, "a snapshot"))


def rewind(length: Length) -> None:
    """Let the engine go back by so much of its own music, and on from there another way, at a bar; a minute at most.

    ``rewind(4*bar)``. Patterns play on: it is the engine's memory that is set back.
    """
    beats = _beats(length, "rewind")
    if not beats:
        raise TimeError("rewind goes back by a length such as 4*bar, not by 0")
    _simple("rewind", beats)


def prefill(source: str = "silence", until: float = 0) -> None:
    """Give the engine another past to go on from, at a bar: silence, a recording, or what a set log says it played.

    Silence and recordings need an engine that turns sound into its codes: mrt2 on Apple Silicon.
    ``prefill("take1")`` is a recording's end, ``prefill("take1", until=20)`` its 20th second;
    ``prefill("2026-05-01-201500-57130.jsonl", until=90)`` goes on from an earlier evening's take.
    """
    _simple("prefill", _name(source, "a past"), float(until))


def accompany(length: Length | None = None, source: str = "input") -> None:
    """Listen for a length, from the next bar on, and let the engine go on from what it heard, at a bar.

    ``accompany(4*bar)`` listens to the sound input (``"input:NAME"`` to another one), ``accompany(4*bar, "take1")``
    takes the beginning of a recording. It needs an engine that turns sound into its codes: mrt2 on Apple Silicon.
    """
    beats = _beats(4 * bar if length is None else length, "accompany")
    _at_bar("accompany", beats, _name(source, "a sound"))


def reset_engine(seed: int = 42) -> None:
    """Let the engine begin anew. The seed that it had (42 unless told) plays the same again, another re-rolls.

    It also forgets a past that `prefill`, `accompany` or `recall` gave it; `snapshot` keeps one to come back to.
    """
    _simple("reset", seed)


def undo() -> None:
    """Take the last evaluation back, from the next beat on; again for the one before."""
    session = current()
    if not session.undo():
        session.tellings.word("there is nothing to undo")


def status() -> Mapping[str, Any]:
    """Return what the generator does now, by name: engine, beat, blend, lead, dropouts, loudness."""
    ask = getattr(current().line, "status", None)
    if ask is None:
        raise LivecodeError("there is no generator to ask: this plays offline")
    return Table(ask())


def quit_generator() -> None:
    """End the generator, for everyone."""
    from livecode.session.connection import end_generator

    end_generator(current())


def _simple(word: str, *args: Any) -> None:
    session = current()
    session.act(Act((word, *args), lambda: session.command(f"/livecode/{word}", *args)))


def _at_bar(word: str, *args: Any) -> None:
    session = current()
    session.act(Act((word, *args), lambda: session.command_at_bar(f"/livecode/{word}", *args)))


def _name(name: object, what: str, *, empty: bool = False) -> str:
    if not isinstance(name, str) or not (name or empty):
        raise LivecodeError(f"{what} has a name, such as 'take1', not {name!r}")
    return name_of(name) if name else name


def _beats(length: Length, what: str) -> Fraction:
    session = current()
    beats = length.beats(session.tempo, session.beats_per_cycle) if isinstance(length, Duration) else rational(length)
    if beats < 0:
        raise TimeError(f"{what} {length} is before its beginning; it is a number of beats, 0 or more")
    return beats


def _control(name: str, value: Any, glide: Fraction | None) -> Pattern:
    def put(number: Any) -> dict[str, Any]:
        return {name: number} if glide is None else {name: number, "glide": glide}

    return Pattern.of(value).fmap(put)


__all__ = [
    "accompany",
    "bank",
    "beats_per_cycle",
    "d1",
    "d2",
    "d3",
    "d4",
    "d5",
    "d6",
    "d7",
    "d8",
    "d9",
    "d10",
    "d11",
    "d12",
    "d13",
    "d14",
    "d15",
    "d16",
    "device",
    "free",
    "grid",
    "hush",
    "level",
    "master",
    "mute",
    "p",
    "panic",
    "prefill",
    "quantize",
    "quit_generator",
    "recall",
    "record",
    "reseed",
    "reset_engine",
    "rewind",
    "seek",
    "snapshot",
    "solo",
    "start",
    "status",
    "stop",
    "tempo",
    "undo",
    "unmute",
    "unsolo",
]
