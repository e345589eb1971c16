"""What a performer holds: players, bank, mutes and solos, a stage for sets, and a way back.

Everything that is typed becomes an evaluation of a player, a pattern from a beat on (`Writer` keeps it written ahead),
or an act, such as a tempo. Both can be staged, so that a set plays only once all of it has been read, and undone.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, TypeVar

from livecode.errors import PatternError
from livecode.osc.wire import Arg, Message
from livecode.pattern import Pattern, stack
from livecode.pattern.budget import patiently
from livecode.pattern.transform import Function, Transform
from livecode.session.contact import REACH_SECONDS
from livecode.session.line import Line
from livecode.session.process import Started
from livecode.session.reading import placed
from livecode.session.stage import Act, Stage
from livecode.session.tellings import Listener
from livecode.session.tempi import advice
from livecode.session.track import Version
from livecode.session.writer import SEED, Change, Writer

SILENCE: Final = Version(Pattern.of("~"), "", ends=True)

Part = TypeVar("Part")


class Session(Writer):
    """A performer's players on one line. Safe from any thread; `tend` is to be called a few times a second."""

    def __init__(
        self,
        line: Line,
        *,
        seed: int = SEED,
        clock: Callable[[], float] = time.monotonic,
        reach: float = REACH_SECONDS,
    ) -> None:
        super().__init__(line, seed=seed, clock=clock, reach=reach)
        self.bank: dict[str, Any] = {}
        self.variables: Callable[[], Mapping[str, Any]] = dict  # what $name in notation stands for
        self.muted: set[str] = set()
        self.soloed: set[str] = set()
        self.fine = False  # notes and hits may be placed to the sample
        self.started: Started | None = None  # the generator, if this session started it
        self.deaths: list[float] = []  # monotonic seconds at which another one was started for it
        self.alone = 0.0  # seconds for which it had no client before this session came
        self.start_again: Callable[[Callable[[], object]], Started] | None = None  # starts another in its place
        self._typed: float | None = None  # a tempo about which nothing has been said yet
        self._past: list[list[Callable[[], object]]] = []  # what takes each turn back, newest last
        self._parts: dict[Callable[[Session], Any], Any] = {}
        self._making = threading.Lock()

    def part(self, make: Callable[[Session], Part]) -> Part:
        """Return what this session has one of (its MIDI inputs, its outputs …), made when it is first needed."""
        with self._making:
            if make not in self._parts:
                self._parts[make] = make(self)
            part: Part = self._parts[make]
            return part

    # -- evaluations -----------------------------------------------------------------------------------------------

    def play(self, player: str, pattern: Any, text: str = "") -> None:
        """Let a player play a pattern from the next beat (of `quantum`) that can be reached.

        Raises what is wrong with the pattern in the cycle that it begins in or the next: then nothing changes.
        """
        version = Version(_as_pattern(player, pattern), text)
        if self._staging is not None:
            self._staging.play(player, version, self._try(player, version))
        else:
            self.begin({player: version})

    def stop(self, player: str) -> None:
        """Let a player fall silent at the next beat; nothing if it does not play."""
        if self._staging is not None:
            self._staging.players.pop(player, None)
        elif player in self.tracks:
            self.begin({player: SILENCE})

    def begin(self, versions: Mapping[str, Version]) -> None:
        """Let evaluations begin together, or raise and change nothing."""
        with self._lock:
            before = {player: self.tracks[player].version if player in self.tracks else None for player in versions}
        self._open(versions)
        self._undoable(lambda: self._restore(before))
        for player, version in versions.items():
            self.tellings.tell("ended" if version.ends else "started", player, version.text)

    def text(self, player: str) -> str:
        """Return what was typed for a player; "" if it does not play."""
        track = self.tracks.get(player)
        return track.version.text if track is not None else ""

    def pattern(self, player: str) -> Pattern | None:
        """Return what a player plays."""
        track = self.tracks.get(player)
        return track.version.pattern if track is not None and not track.version.ends else None

    def playing(self) -> list[str]:
        """Return the players that play, in the order in which they began."""
        return [player for player, track in self.tracks.items() if not track.version.ends]

    # -- acts ------------------------------------------------------------------------------------------------------

    def act(self, act: Act) -> None:
        """Do something that is no pattern: at once, or with the set that is being read.

        What it sends goes out before anybody is waited for: a hush does not queue behind a pattern that takes its time.
        """
        if self._staging is not None:
            self._staging.act(act)
            return
        act.do()
        if act.undo is not None:
            self._undoable(act.undo)
        self._advise()

    def commit(self, stage: Stage, before: Stage | None = None) -> None:
        """Play what a set asks for; with the stage before, only what is new, and end who is gone."""
        with self.turn():
            self.name_prompts(stage.bank)
            for act in () if before is None else stage.ended_acts(before):
                assert act.end is not None
                act.end()
            self._introduce(stage)
            for act in stage.acts if before is None else stage.new_acts(before):
                act.do()
                if act.undo is not None:
                    self._undoable(act.undo)
            versions = dict(stage.players) if before is None else stage.changed(before, seed=self.seed)
            for player in () if before is None else stage.gone(before):
                if player in self.tracks:
                    versions[player] = SILENCE
            if versions:
                self.begin(versions)
            self._advise()

    def command(self, address: str, *args: Arg) -> None:
        """Have the generator do something at its next frame; exactly once, in order."""
        self._require_session()
        if address == "/livecode/record":
            self.recording = str(args[0])
        elif address in ("/livecode/start", "/livecode/stop"):
            self.expect_beat(runs=address == "/livecode/start")
        self.line.command(Message(address, args))

    def command_at_beat(self, address: str, *args: Arg) -> None:
        """The same at the beat where evaluations of this turn begin, or at once while the beat stands still."""
        self._require_session()
        clock = self.line.clock()
        beat = self.next_beat(Fraction(1)) if clock.running else None
        self.line.command(Message(address, args), beat=beat)

    def command_at_bar(self, address: str, *args: Arg) -> None:
        """The same at the next bar that can be reached; evaluations of this turn keep their beat."""
        self._require_session()
        turn = self._turn
        beat = self.next_beat(self.beats_per_cycle) if self.line.clock().running else None
        self._turn = turn
        self.line.command(Message(address, args), beat=beat)

    def seek(self, beat: Fraction) -> None:
        """Go to a beat; what is evaluated after this, in the same turn too, begins there."""
        self.command("/livecode/seek", beat)
        self._answer(self.line.open)  # it comes behind the news of where the beat goes

    def set_tempo(self, bpm: float, glide: Fraction) -> None:
        """Ask for a tempo, checked before."""
        self.command_at_beat("/livecode/tempo", float(bpm), glide)
        self.expect_tempo(float(bpm), glide)
        self._typed = float(bpm)

    def set_grid(self, kind: str) -> None:
        """Ask for the grid "frames" or "fine"."""
        self.command("/livecode/grid", kind)
        self.fine = kind == "fine"

    def set_cycle(self, beats: Fraction) -> None:
        """Change how many beats a cycle has; all players begin anew with it."""
        self.beats_per_cycle = beats
        self._anew_now()

    def set_seed(self, seed: int) -> None:
        """Change the randomness of all patterns."""
        self.seed = seed
        self._anew_now()

    def set_change(self, word: str, change: Change | None) -> None:
        """Change all players' patterns, or no longer; raises what is wrong with it, and nothing has changed then."""
        before = self.changes
        self.changes = {name: known for name, known in before.items() if name != word}
        if change is not None:
            self.changes[word] = change
        try:
            for player in self.playing():
                track = self.tracks.get(player)
                if track is not None:
                    self._try(player, track.version)
        except Exception:
            self.changes = before
            raise
        self._anew_now()

    def name_prompts(self, prompts: Mapping[str, Any]) -> None:
        """Add to the bank, here and for those who send OSC."""
        if self._staging is not None:
            self._staging.bank.update(prompts)
            return
        if prompts:
            self._require_session()
        with self._lock:
            new = {name: prompt for name, prompt in prompts.items() if self.bank.get(name) != prompt}
            old = {name: self.bank.get(name) for name in new}
            for name, prompt in new.items():
                self.bank[name] = prompt
                if isinstance(prompt, str):
                    self.command("/livecode/name", name, prompt)

            def back() -> None:
                for name, prompt in old.items():
                    self.bank.pop(name) if prompt is None else self.name_prompts({name: prompt})

            if new:
                self._undoable(back)

    def told_anew(self) -> list[str]:
        """Tell a generator what this session has set: its bank, mutes and solos, the grid, a recording."""
        for name, prompt in self.bank.items():
            if isinstance(prompt, str):
                self.command("/livecode/name", name, prompt)
        known = sorted((self.muted | self.soloed) & self.tracks.keys())
        if known:  # they are muted and soloed before they begin; a generator is to know of whom that is said
            self.line.open_all(known)
        for word, players in (("mute", self.muted), ("solo", self.soloed)):
            for player in sorted(players):
                self.command(f"/livecode/{word}", player, 1)
        if self.fine:
            self.command("/livecode/grid", "fine")
        words = ["your players go on"] if self.tracks else []
        ended, name = self._recorded, self.recording
        if name and ended:
            self.command("/livecode/record", name)
            words.append(f"the recording {name!r} goes on in another file")
        elif ended:
            words.append(f"the recording {ended} has ended with the other one: record('...') begins another")
        return words

    def forget(self, player: str = "") -> None:
        """Drop a player's track, or all: the generator has been told to end them."""
        with self._lock:
            gone = [player] if player else list(self.tracks)
            before = {name: self.tracks[name].version for name in gone if name in self.tracks}
            for name in before:
                track = self.tracks.pop(name)
                self.line.forget(name, track.generation)
        for name in before:
            self.tellings.tell("ended", name, "")
        if before:
            self._undoable(lambda: self._restore(before))
        for ending in list(self.ending):
            ending(player, False)

    def undo(self) -> bool:
        """Take the last turn back, as an evaluation of its own; False if there is none."""
        with self._lock:
            done = next((steps for steps in reversed(self._past) if steps), None)
            if done is None:
                return False
            steps = list(reversed(done))
            done.clear()
        self._here.undoing = True
        try:
            for step in steps:
                step()
        finally:
            self._here.undoing = False
        return True

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """What is evaluated inside begins at one beat where it can, and is undone together."""
        steps: list[Callable[[], object]] = []
        outer = getattr(self._here, "steps", None)
        with self._lock:
            self._past.append(steps)
        self._turn, self._here.steps = None, steps
        try:
            yield
        finally:
            self._turn, self._here.steps = None, outer
            with self._lock:
                self._past = [other for other in self._past if other is not steps or steps]

    @contextlib.contextmanager
    def staged(self) -> Iterator[Stage]:
        """What this thread evaluates inside is kept on a stage, checked but not played.

        The other threads, the one that writes ahead among them, go on as ever.
        """
        if self._staging is not None:
            raise PatternError("a set cannot play another one while it is being read")
        stage = Stage(bank=dict(self.bank))
        self._here.stage = stage
        try:
            yield stage
        finally:
            self._here.stage = None

    @property
    def _staging(self) -> Stage | None:
        stage: Stage | None = getattr(self._here, "stage", None)
        if stage is None and (reading := placed()) is not None and reading.session is self:
            stage = reading.staging()
        return stage

    @property
    def known_bank(self) -> Mapping[str, Any]:
        """The bank of prompts as it is now, or as the set that is being read has it."""
        stage = self._staging
        return self.bank if stage is None else stage.bank

    def listen(self, listener: Listener) -> None:
        """Have a function called with what happens: see `Tellings`."""
        self.tellings.listeners.append(listener)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _introduce(self, stage: Stage) -> None:
        """Have the generator know players that are muted or soloed before they begin: it refuses names of nobody."""
        named = {str(act.key[1]) for act in stage.acts if act.key[0] in ("mute", "solo")}
        new = sorted(name for name in named & stage.players.keys() if name not in self.tracks)
        if new:
            self.line.open_all(new)

    def _advise(self) -> None:
        """Say once by how much sixteenths stray at the tempo that was typed."""
        typed, self._typed = self._typed, None
        if typed is not None and not self.fine and (hint := advice(typed)):
            self.tellings.word(hint)

    def _require_session(self) -> None:
        if self._epoch is None or not self.line.session:
            self._epoch = self._answer(self.line.open).epoch

    def _anew_now(self) -> None:
        """Let all players begin anew at the next beat, with what has changed for all of them."""
        self._begin_anew(list(self.tracks))
        self._reopen(lambda _what, function: patiently(function))

    def _restore(self, before: Mapping[str, Version | None]) -> None:
        back = {
            player: version if version is not None else SILENCE
            for player, version in before.items()
            if version is not None or player in self.tracks
        }
        if back:
            self.begin(back)

    def _undoable(self, step: Callable[[], object]) -> None:
        if getattr(self._here, "undoing", False):
            return
        with self._lock:
            if self._in_turn:
                self._here.steps.append(step)
            else:
                self._past.append([step])
            del self._past[:-1000]


def _as_pattern(player: str, value: Any) -> Pattern:
    if isinstance(value, Pattern):
        return value
    if value is None:
        return Pattern.of("~")
    if isinstance(value, list | tuple) and value and all(isinstance(part, Pattern) for part in value):
        return stack(*value)
    if isinstance(value, Function):
        raise PatternError(
            f"{value!r} is a function; call it: {player} >> {value!r}(...), or note('c e g').{value!r}(...)"
        )
    if isinstance(value, Transform):
        raise PatternError(f"{value!r} is a function of a pattern; behind one: {player} >> note('c e g').{value!r}")
    raise PatternError(
        f'{player} >> takes a pattern such as note("c e g"), hit("bd*4") or prompt("warm pads"), not {value!r}'
    )
