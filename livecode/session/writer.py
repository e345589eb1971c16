"""Keeps players written ahead: from patterns to spans, as far as a horizon, and again when the clock has moved on.

Each evaluation is written in whole cycles, at least two cycles and six seconds ahead, and sent; the generator has the
clock. When this process is held up the music goes on from what was sent; when it comes back, or the generator has gone
to another beat, each player's evaluation is opened again at the next beat that can be reached.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from livecode.errors import DeviceError, LivecodeError
from livecode.frames import MAX_TEMPO
from livecode.osc.link import Clock, Opened
from livecode.pattern.budget import patiently
from livecode.pattern.ticks import BEATS_PER_CYCLE
from livecode.pattern.transition import Transition, met
from livecode.session.hand import Hand
from livecode.session.line import Line
from livecode.session.scribe import Scribe
from livecode.session.speaker import speaking
from livecode.session.tellings import Tellings
from livecode.session.track import Stretch, Track, Version

AHEAD_SECONDS: Final = 6.0
AHEAD_CYCLES: Final = 2
LIVE_SECONDS: Final = 0.4  # of patterns that read something live
REACH_SECONDS: Final = 0.12  # what is sent now is surely there so much later
TEND_SECONDS: Final = 0.1
CLOSE_SECONDS: Final = 2.0  # that a closing session waits for its hand
AWAY_SECONDS: Final = 1.0  # between two calls of `tend`: this process was held up, what it knows of the clock is old
SILENT_SECONDS: Final = 3.0  # without a clock: the generator is away
TRIES: Final = 4  # of reaching a beat, each with twice the time
SEED: Final = 42
SHOWN_SECONDS: Final = 1.0  # after a tempo has been reached the clock has shown it
FLUSH_SECONDS: Final = 0.5  # that a closing session waits for the last of its music to arrive
SESSION: Final = "session"  # the kind of what a generator says to a stranger
MASTER: Final = "master."  # before a control's name: the player that holds it

Change = Callable[[Any], Any]  # of a pattern


class Writer:
    """The players of one line and how far they are written. Safe from any thread."""

    def __init__(
        self,
        line: Line,
        *,
        seed: int = SEED,
        clock: Callable[[], float] = time.monotonic,
        reach: float = REACH_SECONDS,
    ) -> None:
        self.line = line
        self.process = os.getpid()  # the one that it belongs to
        self.closed = False
        self.seed = seed
        self.tellings = Tellings(clock)
        self.tracks: dict[str, Track] = {}
        # Called when a player is hushed, all are ("" for a player), or the session closes (True)
        self.ending: list[Callable[[str, bool], object]] = []
        self.quantum = Fraction(1)  # beats: evaluations begin on multiples of it
        self.changes: dict[str, Change] = {}  # what changes all players' patterns, by the word that asked for it
        self.beats_per_cycle = Fraction(BEATS_PER_CYCLE)
        self._now, self._reach = clock, reach
        self._lock = threading.RLock()
        self._epoch: int | None = None
        self._tempo: float | None = None  # that this session has asked for and the clock does not show yet
        self._tempo_until = 0.0  # when the clock surely shows it, unless somebody else has asked for another
        self._here = threading.local()  # has a turn or a stage where one is being evaluated
        self._anew: set[str] = set()  # players that are to be opened again
        self._tended = clock()
        self._gone = False
        self._taken: deque[tuple[Any, ...]] = deque()  # (player, session, generation) of who has taken or hushed one
        self._unknown = False  # the generator does not know this session: it was started anew
        self.hand = Hand("livecode-session", self.tend, interval=TEND_SECONDS, lost=self._hung, failed=self._broken)
        line.news.append(self._news)

    def beat(self) -> float:
        """Return the beat of the frame that is made next."""
        return self.line.clock().beat_at(self._now())

    @property
    def tempo(self) -> float:
        """Beats a minute, as asked for last."""
        if self._tempo is not None and self._now() > self._tempo_until:
            self._tempo = None
        return self._tempo if self._tempo is not None else self.line.clock().tempo

    def next_beat(self, quantum: Fraction | None = None, *, reach: float | None = None) -> Fraction:
        """Return the next multiple of a quantum (beats) that can be reached; in one turn the same beat if it can."""
        clock = self.line.clock()
        quantum = quantum or self.quantum
        reach = self._reach if reach is None else reach
        lead = reach * clock.tempo / 60 if clock.running else 0.0
        here = clock.beat_at(self._now())
        if self._turn is not None and self._turn >= here + lead / 2 and self._turn % quantum == 0:
            return self._turn
        found = max(Fraction(0), math.ceil((here + lead) / float(quantum) - 1e-9) * quantum)
        if self._in_turn:
            self._turn = found
        return found

    @property
    def _in_turn(self) -> bool:
        """Whether this thread is inside a `turn`."""
        return getattr(self._here, "steps", None) is not None

    @property
    def _turn(self) -> Fraction | None:
        """The beat of the evaluations of this thread's turn."""
        return getattr(self._here, "turn", None)

    @_turn.setter
    def _turn(self, beat: Fraction | None) -> None:
        self._here.turn = beat

    def ahead(self, clock: Clock, track: Track) -> float:
        """Return by how many beats a track is to be written ahead."""
        a_second = max(clock.tempo, self._tempo or 0.0) / 60
        if track.version.pattern.live:
            return LIVE_SECONDS * a_second
        return max(AHEAD_CYCLES * float(self.beats_per_cycle), AHEAD_SECONDS * a_second)

    def tend(self) -> None:
        """Write ahead what is needed; open again what the clock has left behind.

        No lock is held while a player's code runs or the generator is waited for: a hush has both at once.
        """
        with speaking(self):
            now = self._now()
            away, self._tended = now - self._tended > AWAY_SECONDS, now
            while self._taken:
                self._lost(*self._taken.popleft())
            if self._unknown:
                self._unknown = False
                self.renewed()
            if not self.tracks:
                return
            try:
                clock = self.line.fresh_clock() if away else self.line.clock()
            except DeviceError as error:
                self._lose(error)
                return
            if now - clock.at > SILENT_SECONDS:
                self._lose(DeviceError("nothing has been heard of the generator for a while; does it still run?"))
                return
            back, self._gone = self._gone, False
            here = clock.beat_at(self._now())
            if self._tempo == clock.tempo:
                self._tempo = None
            if back or clock.epoch != self._epoch:  # what was sent while it was away may be lost
                self._epoch = clock.epoch
                self._begin_anew(list(self.tracks))
            margin = self._reach / 2 * clock.tempo / 60 if clock.running else 0.0
            tracks = list(self.tracks.values())
            self._begin_anew(
                [
                    track.player
                    for track in tracks
                    if track.written * self.beats_per_cycle < here + margin and not track.done and not track.busy
                ]
            )
            if self._anew:
                self._reopen(self.hand.ask)
            for track in list(self.tracks.values()):
                self._top_up(track, here + self.ahead(clock, track))

    def renew(self) -> None:
        """Go on with another generator now: the one of before has gone."""
        self._unknown = True
        self.tend()

    def renewed(self) -> None:
        """Go on with another generator on the same port."""
        self.line.renew()
        self._epoch = self.line.open().epoch
        self.line.fresh_clock()
        self._begin_anew(list(self.tracks))
        self.tellings.word("the generator was started anew" + ("; your players go on" if self.tracks else ""))

    def keep(self) -> None:
        """Tend from a thread of its own until `close`."""
        self.hand.start()

    def close(self) -> None:
        """Let go of the generator, which plays on."""
        self.closed = True
        self.hand.close(CLOSE_SECONDS)
        if self.tracks:
            self.line.flush(FLUSH_SECONDS)
        for ending in list(self.ending):
            ending("", True)
        self.line.close()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _scribe(self, player: str, version: Version, owed: frozenset[str]) -> Scribe:
        return Scribe(
            player,
            version.pattern,
            self.beats_per_cycle,
            seed=self.seed,
            complain=lambda text: self.tellings.problem(player, text),
            tempo=min(MAX_TEMPO, self.tempo),
            owed=owed,
        )

    def _track(self, player: str, version: Version, beat: Fraction, old: Track | None) -> Track:
        """Return a track for an evaluation at a beat; what the one before holds there is to be given back.

        Players' own code runs here: no lock is held, and the old track may be written meanwhile.
        """
        begin = beat / self.beats_per_cycle
        again = old is not None and old.version is version
        before = self._fallback(old, version)
        version = self._as_played(player, version, old.version if old is not None else None, begin)
        owed, ending = frozenset[str](), tuple[int, ...]()
        if old is not None:
            never_began = begin <= old.begin
            owed = old.held | (old.owed if never_began else owed)
            if not again:
                ending = old.ending if never_began else old.scribe.sounding(beat)
        scribe = self._scribe(player, version, owed)
        scribe.ending = ending
        track = Track(
            player,
            version,
            scribe,
            begin,
            begin,
            self._failed,
            lambda other, held: self._scribe(player, other, held),
            before=before,
            owed=owed,
            ending=ending,
        )
        if old is not None:
            track.take_over(old)
        return track

    def _as_played(self, player: str, version: Version, old: Version | None, begin: Fraction) -> Version:
        """Return a version as it is played from a cycle on: a transition meets the old one, and all are changed."""
        plain = version.typed
        if isinstance(plain, Transition):
            plain = met(plain, None if old is None else old.typed, begin)
        played = plain
        if version.lost:
            return version
        if not version.ends and not player.startswith(MASTER):
            for change in self.changes.values():
                played = played.apply(change)
        if played is version.pattern:
            return version
        return replace(version, pattern=played, plain=plain)

    @staticmethod
    def _fallback(old: Track | None, version: Version) -> Version | None:
        if old is None or version.ends or old.version.ends:
            return None
        return old.before if old.version is version or old.version.lost else old.version

    def _try(self, player: str, version: Version) -> list[Stretch]:
        """Write an evaluation where it would begin now, and throw it away; raises what is wrong with it."""
        beat, old = self.next_beat(), self.tracks.get(player)
        return patiently(lambda: self._track(player, version, beat, old).try_out())

    def _open(self, versions: Mapping[str, Version]) -> None:
        """Write the beginnings, and send them if their beat can still be reached; else try a later one.

        The generator answers once a frame; how long that takes here is added to what is thought to be in reach.
        """
        for player, version in versions.items():
            self._try(player, version)
        asked = self._now()
        opened = self.line.open_all(list(versions))
        reach = self._reach + (self._now() - asked)
        for attempt in range(1, TRIES + 1):
            beat = self.next_beat(reach=reach)
            olds = [(old, old.seq if old is not None else 0) for old in map(self.tracks.get, versions)]
            begun = [
                self._begun(player, versions[player], beat, old)
                for player, (old, _) in zip(versions, olds, strict=True)
            ]
            with self._lock:
                same = all(
                    self.tracks.get(player) is old and (old is None or old.seq == seq)
                    for player, (old, seq) in zip(versions, olds, strict=True)
                )
                if attempt == TRIES or (same and self.next_beat(reach=self._reach / 2) <= beat):
                    for (track, written), generation in zip(begun, opened, strict=True):
                        self._send(track, generation, written)
                    return
            self._turn = None
            reach *= 2

    def _begun(self, player: str, version: Version, beat: Fraction, old: Track | None) -> tuple[Track, list[Stretch]]:
        """Return a track for an evaluation and its beginning."""

        def begin() -> tuple[Track, list[Stretch]]:
            track = self._track(player, version, beat, old)
            return track, track.try_out()

        return patiently(begin)

    def _send(self, track: Track, opened: Opened, written: list[Stretch]) -> None:
        """Let a generation of its own play what is written of a track, unless a later one plays already."""
        old = self.tracks.get(track.player)
        if old is not None:
            if old.generation > opened.generation:
                return
            del self.tracks[track.player]
            self.line.forget(track.player, old.generation)
        self._anew.discard(track.player)
        track.generation, track.epoch = opened.generation, opened.epoch
        self._epoch = opened.epoch if self._epoch is None else self._epoch
        self.tracks[track.player] = track
        for stretch in written:
            self._span(track, stretch)

    def _span(self, track: Track, stretch: Stretch) -> None:
        length = self.beats_per_cycle
        track.seq = self.line.span(
            track.player,
            track.generation,
            track.seq,
            stretch.begin * length,
            stretch.end * length,
            stretch.events,
            epoch=track.epoch,
            cycle=length,
        )

    def _top_up(self, track: Track, until: float) -> None:
        track.scribe.tempo = self.tempo
        while True:
            with self._lock:
                if self.tracks.get(track.player) is not track or track.busy or track.done:
                    return
                if track.written * self.beats_per_cycle >= until:
                    return
                track.busy = True
            try:
                stretch = self.hand.ask((track, track.written), track.write)
            finally:
                track.busy = False
            with self._lock:
                if self.tracks.get(track.player) is not track:
                    return
                self._span(track, stretch)

    def _begin_anew(self, players: list[str]) -> None:
        """Have evaluations opened again at the next beat: the clock is not where they were written for."""
        with self._lock:
            self._anew.update(players)

    def _reopen(self, ask: Callable[[Any, Callable[[], Any]], Any]) -> None:
        """Open again what is to begin anew; ``ask`` runs players' code."""
        with self._lock:
            olds = [track for player, track in self.tracks.items() if player in self._anew]
            self._anew.intersection_update(track.player for track in olds)
        if not olds:
            return
        opened = self.line.open_all([track.player for track in olds])
        beat = self.next_beat(Fraction(1))
        for old, generation in zip(olds, opened, strict=True):

            def begin(old: Track = old) -> tuple[Track, list[Stretch]]:
                track = self._track(old.player, old.version, beat, old)
                return track, [track.write(), track.write()]

            try:
                track, written = ask((old, old.written), begin)
            except Exception as error:  # noqa: BLE001  # a function that changes all players is a player's own, too
                self._give_up(old, old.written, f"{type(error).__name__}: {error}")
                continue
            with self._lock:
                if self.tracks.get(old.player) is old:
                    self._send(track, generation, written)

    def _hung(self, what: tuple[Track, Fraction], where: str) -> None:
        """Go on without what does not return."""
        self._give_up(*what, f"a function in it does not return{where}")

    def _give_up(self, track: Track, written: Fraction, why: str) -> None:
        """Ask a pattern no more; what goes on in its place is told."""
        with self._lock:
            if self.tracks.get(track.player) is not track:
                return
            instead, done = track.left(written)
            self.tracks[track.player] = instead
        self._failed(track.player, written * self.beats_per_cycle, f"{why}; it is dropped, {done}")

    def _broken(self, error: Exception, _where: str) -> None:
        self.tellings.problem("", f"{type(error).__name__}: {error}")

    def _failed(self, player: str, beat: Fraction, text: str) -> None:
        self.tellings.problem(player, f"beat {float(beat):g}: {text}")

    def _lost(self, player: str, session: int, generation: int) -> None:
        """Let go of a player that somebody else plays, or (session 0) has hushed."""
        with self._lock:
            track = self.tracks.get(player)
            if track is None or track.generation > generation or (session and track.generation == generation):
                return
            del self.tracks[player]
        if not session:
            self.tellings.problem(player, "was hushed by another client", kind="owner")
        self.tellings.tell("ended", player, "")

    def _lose(self, error: LivecodeError) -> None:
        if not self._gone:
            self._gone = True
            self.tellings.problem("", str(error))

    def _news(self, address: str, args: tuple[Any, ...]) -> None:
        """Take in what the generator tells. On the link's thread, which answers come through: it must not wait."""
        if address == "/livecode/reply/owner":
            self._taken.append(args)
        elif address == "/livecode/reply/gone":
            self._unknown = True
        elif address == "/livecode/reply/error":
            kind, player, text = (str(arg) for arg in args[:3])
            if kind != SESSION:  # that the session is gone comes by itself, and is seen to
                self.tellings.problem(player, text, kind=kind)
