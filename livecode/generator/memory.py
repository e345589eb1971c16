"""What an engine remembers, as a performer reaches it: snapshots, the way back, sounds and codes to go on from.

An engine that keeps `Remembering` works at a new past beside the set and takes it up at a bar. When that is depends on
the machine, so the frame at which it happened is written to the set log, with what was taken up; a replay does it
there at once. The codes that the engine drew for each frame are logged too, a line a second: from them a take can be
built again without drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from livecode import home
from livecode.engines import Engine, FloatArray, Remembering, Snapshot
from livecode.errors import EngineError, LivecodeError
from livecode.frames import FRAME_RATE, SAMPLE_RATE
from livecode.generator.setlog import read
from livecode.generator.snapshots import SUFFIX, Writer

REWIND: Final = "/livecode/rewind"
PREFILL: Final = "/livecode/prefill"
ACCOMPANY: Final = "/livecode/accompany"
ASKED: Final = frozenset({REWIND, PREFILL, ACCOMPANY})  # what is asked for; a replay only does what came of it
TAKEN_UP: Final = "/livecode/memory"  # a new past begins in this frame
DRAWN: Final = "/livecode/drawn"  # the engine's codes: the first frame's number, then a row for each frame
MOST_SNAPSHOTS: Final = 16  # kept at a time, in memory
UNNAMED: Final = "\0"  # before the number of a snapshot without a name
SILENCE: Final = "silence"
INPUT: Final = "input"
LONGEST_SECONDS: Final = 27.0  # of a sound: more than that an engine cannot hear back
PAST_FRAMES: Final = 26 * FRAME_RATE  # of a set log's codes
SOUNDS: Final = ("", ".flac", ".wav")

Line = tuple[str, list[Any]]  # an address and its arguments, for the set log


class Hearing(Protocol):
    """An open sound input."""

    lost: bool

    def read(self) -> FloatArray:
        """Return what has come in since the last call, (n, 2) float32."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class Memory:
    """One engine's memory; all methods on the engine's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.at_once = False  # offline: a new past is worked out when it is asked for
        self.writes = False  # live: snapshots are written to files
        self.hear: Callable[[str], Hearing] | None = None  # opens a sound input by name
        self.say: Callable[[str], object] = lambda _text: None
        self._kept: dict[str, Snapshot] = {}  # the oldest first
        self._ours: dict[str, bool] = {}  # of the kept: a client gave the name
        self._asked_for: dict[str, bool] = {}  # snapshots that wait for a frame of their own
        self._taken = False  # one, in this frame
        self._unnamed = 0  # taken so far
        self._writer = Writer()
        self._ears: Hearing | None = None
        self._heard: list[FloatArray] = []
        self._wanted = 0  # samples to hear
        self._drawn: list[list[int]] = []
        self._first = 0  # the frame of the first of the drawn

    # -- snapshots -------------------------------------------------------------------------------------------------

    def snapshot(self, name: str, *, ours: bool = True) -> None:
        """Keep the engine's state under a name (``ours``: that a client gave); of several in a frame, one each frame.

        EngineError where all that are kept have such names, and this is another.
        """
        clients = {other for other, is_ours in self._ours.items() if is_ours}
        wanted = {*self._asked_for, name} - {""}
        if name and name not in self._kept and len(clients | wanted) > MOST_SNAPSHOTS:
            if not ours or not (strangers := [other for other, is_ours in self._asked_for.items() if not is_ours]):
                told = f"{MOST_SNAPSHOTS} snapshots are the most, and so many are asked for at once"
                if clients:
                    told = (
                        f"{MOST_SNAPSHOTS} snapshots are the most, and clients have named {', '.join(sorted(clients))}"
                    )
                raise EngineError(f"{told}; take one of these again, or one without a name")
            del self._asked_for[strangers[-1]]
        self._asked_for[name] = ours
        if not self._taken:
            self._take(next(iter(self._asked_for)))

    def _take(self, name: str) -> None:
        """Take a snapshot that is asked for: the state of this frame."""
        ours = self._asked_for.pop(name)
        self._taken = True
        if not name:
            self._unnamed += 1
        key = name or f"{UNNAMED}{self._unnamed}"
        self._kept.pop(key, None)
        self._ours.pop(key, None)
        if len(self._kept) >= MOST_SNAPSHOTS:
            gone = next((other for other in self._kept if other.startswith(UNNAMED)), None)
            gone = gone or next((other for other, by_us in self._ours.items() if not by_us), next(iter(self._kept)))
            del self._kept[gone], self._ours[gone]
            self.say(f"the oldest snapshot without a client's name has gone ({shown(gone)}): {MOST_SNAPSHOTS} are kept")
        handle = self._kept[key] = self._engine.snapshot()
        self._ours[key] = ours and bool(name)
        if self.writes and name and isinstance(self._engine, Remembering):
            self._writer.write(self._engine, handle, home.snapshots() / f"{home.safe_name(name)}{SUFFIX}")

    def recall(self, name: str) -> None:
        """Let the engine go on from a kept state, of this run or of a file; EngineError if there is none.

        Without a name: from the newest that has none.
        """
        if name in self._asked_for:
            self._take(name)
        key = name or next((other for other in reversed(self._kept) if other.startswith(UNNAMED)), "")
        if key not in self._kept:
            handle = self._read(name)
            if len(self._kept) < MOST_SNAPSHOTS:
                self._kept[key], self._ours[key] = handle, False
        else:
            handle = self._kept[key]
        self.stop_listening()
        if isinstance(self._engine, Remembering):
            self._engine.recall(handle)
        else:
            self._engine.restore(handle)

    def _read(self, name: str) -> Snapshot:
        folder = home.snapshots(make=False)
        path = folder / f"{home.safe_name(name)}{SUFFIX}"
        if name and isinstance(self._engine, Remembering) and path.is_file():
            return self._engine.load(path)
        files = sorted(file.stem for file in folder.glob(f"*{SUFFIX}"))
        known = ", ".join(sorted({*(other for other in self._kept if other[:1] != UNNAMED), *files})) or "none yet"
        raise EngineError(f"there is no snapshot {name!r} (kept: {known})" if name else "there is no snapshot yet")

    # -- another past ----------------------------------------------------------------------------------------------

    def rewind(self, seconds: float) -> None:
        """Begin to go back by so many seconds of the engine's own music."""
        self._remembering("rewind").rewind(round(seconds * FRAME_RATE), exact=self.at_once)
        self._asked()

    def prefill(self, source: str, until: float) -> None:
        """Begin to give the engine silence, a set log's codes (up to a second of it) or a recording as its past."""
        engine = self._remembering("be given a past")
        if source == SILENCE:
            engine.fall_silent()
        elif source.endswith(".jsonl"):
            codes = logged_codes(_inside(home.logs(), source))
            end = len(codes) if not until else min(len(codes), round(until * FRAME_RATE))
            if not end:
                raise EngineError(f"the set log {source} has no codes: another engine played it")
            engine.prefill(codes[max(0, end - PAST_FRAMES) : end])
        else:
            engine.accompany(read_sound(source, until))
        self._asked()

    def accompany(self, seconds: float, source: str) -> None:
        """Listen for so many seconds, to an input or to a recording's beginning; the engine then goes on from there."""
        engine = self._remembering("accompany")
        engine.ready_to_listen()  # before anybody plays for it in vain
        if not 2.0 < seconds <= LONGEST_SECONDS:
            raise EngineError(
                f"the engine can go on from more than 2 and at most {LONGEST_SECONDS:g} s of sound, not {seconds:.2f} s"
            )
        name, _, which = source.partition(":")
        if name != INPUT:
            engine.accompany(read_sound(source, seconds))
            self._asked()
            return
        if self.hear is None:
            raise EngineError("offline there is no sound input; accompany a recording: accompany(4*bar, 'take1')")
        self.stop_listening()
        self._ears = self.hear(which)
        self._heard, self._wanted = [], round(seconds * SAMPLE_RATE)

    def tend(self) -> None:
        """Do a frame's share: take a snapshot that waits, and take in what an input has heard.

        When that is enough, the engine begins to work at it.
        """
        if self._asked_for and not self._taken:
            self._take(next(iter(self._asked_for)))
        self._taken = False
        for sentence in self._writer.said():
            self.say(sentence)
        if self._ears is None:
            return
        try:
            self._heard.append(self._ears.read())
            if sum(len(block) for block in self._heard) < self._wanted:
                return
            sound = np.concatenate(self._heard)[: self._wanted]
            if self._ears.lost:
                self.say("some of the sound input was lost; what was heard is used")
            if float(np.abs(sound).max()) < 1e-4:
                raise EngineError("the sound input was silent; is the microphone allowed and open?")
            self._remembering("accompany").accompany(sound)
            self.say(f"heard {self._wanted / SAMPLE_RATE:.1f} s; the engine goes on from it at a bar")
        except LivecodeError as error:
            self.say(str(error))
        self.stop_listening()

    def take_up(self, record: Sequence[Any]) -> None:
        """Take up what a set log says was taken up in this frame."""
        self._remembering("replay this log").take_up(record)

    def close(self) -> None:
        """Let go of the input, and end what is being written."""
        self.stop_listening()
        self._writer.close()
        for sentence in self._writer.said():
            self.say(sentence)

    def _asked(self) -> None:
        if self.at_once:
            self._remembering("").finish()

    def _remembering(self, what: str) -> Remembering:
        if not isinstance(self._engine, Remembering):
            raise EngineError(f"engine {self._engine.name} cannot {what}: it has no memory of what it played; mrt2 has")
        return self._engine

    def stop_listening(self) -> None:
        """Let go of the input, and of what it has heard."""
        if self._ears is not None:
            self._ears.close()
        self._ears, self._heard = None, []

    # -- the set log -----------------------------------------------------------------------------------------------

    def made(self, frame: int) -> list[Line]:
        """Return what the log should have of a frame that was made: a memory taken up, a second's codes."""
        if not isinstance(self._engine, Remembering):
            return []
        lines: list[Line] = []
        taken = self._engine.taken_up()
        if taken is not None:
            lines.append((TAKEN_UP, list(taken)))
            self.say("the engine goes on from its new past")
        if self._drawn and frame != self._first + len(self._drawn):
            lines.extend(self.flush())
        self._first = self._first if self._drawn else frame
        self._drawn.append(self._engine.drawn())
        if len(self._drawn) >= FRAME_RATE:
            lines.extend(self.flush())
        return lines

    def flush(self) -> list[Line]:
        """Return the codes that are not logged yet."""
        if not self._drawn:
            return []
        drawn, self._drawn = self._drawn, []
        return [(DRAWN, [self._first, *drawn])]


def shown(key: str) -> str:
    """Return how a snapshot is called in a message."""
    return f"number {key.removeprefix(UNNAMED)}, which had none" if key.startswith(UNNAMED) else repr(key)


def read_sound(name: str, seconds: float) -> FloatArray:
    """Return a recording up to so many seconds, or to its end if that is 0; at most 27 s before that.

    (samples, 2) float32 at 48 kHz. A name, with or without its ending, means a file in the recordings folder;
    EngineError if there is none.
    """
    import soundfile

    folder = home.recordings()
    found = [path for suffix in SOUNDS if (path := _inside(folder, f"{name}{suffix}")).is_file()]
    if not found:
        raise EngineError(f"there is no sound {name!r} in {folder}")
    try:
        with soundfile.SoundFile(home.for_library(found[0])) as file:
            end = min(file.frames, round(seconds * file.samplerate)) if seconds else file.frames
            begin = max(0, end - round(LONGEST_SECONDS * file.samplerate))
            file.seek(begin)
            sound, rate = file.read(end - begin, dtype="float32", always_2d=True), file.samplerate
    except (OSError, soundfile.SoundFileError) as error:
        raise EngineError(f"the sound {name!r} cannot be read: {error}") from error
    stereo = np.repeat(sound, 2, axis=1) if sound.shape[1] == 1 else sound[:, :2]
    if rate != SAMPLE_RATE:
        import soxr

        stereo = soxr.resample(stereo, rate, SAMPLE_RATE)
    return np.ascontiguousarray(stereo, np.float32)


def logged_codes(path: Path) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return the codes of a set log, (frames, n) int32; (0, 0) if its engine has none. EngineError if they are none."""
    try:
        rows = [row for line in read(path)[1] if line.get("address") == DRAWN for row in line["args"][1:]]
        return np.array(rows, np.int32).reshape(len(rows), len(rows[0]) if rows else 0)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise EngineError(f"the codes in the set log {path.name} cannot be read; another one may be whole") from None


def codes_by_frame(args: Sequence[Any]) -> dict[int, list[int]]:
    """Return what one line of codes says, by frame."""
    return {int(args[0]) + index: row for index, row in enumerate(args[1:])}


def seconds_of(beats: Fraction, bpm: float) -> float:
    """Return so many beats in seconds."""
    return float(beats) * 60 / bpm


def _inside(folder: Path, name: str) -> Path:
    # The name is looked at before the disk is: a path's answer would say what there is, a share's name may log in there
    if not home.is_name(name) or not (path := (folder / name).resolve()).is_relative_to(folder.resolve()):
        raise EngineError(f"{name!r} is outside {folder}; only names of files in there can be given")
    return path
