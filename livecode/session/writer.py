"""Keeps players written ahead: from patterns to spans, as far as a horizon, and again when the clock has moved on.

Each evaluation is written in whole cycles, at least two cycles and six seconds ahead, and sent; the generator has the
clock. When this process is held up the music goes on from what was sent; when it comes back, or the generator has gone
to another beat, each player's evaluation is opened again at the next beat that can be reached.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from livecode.frames import MAX_TEMPO
from livecode.osc.link import Clock, Opened
from livecode.osc.place import SOUGHT
from livecode.pattern.budget import patiently
from livecode.pattern.transition import Transition, met
from livecode.session.contact import REACH_SECONDS, Ask, Contact
from livecode.session.hand import Hand
from livecode.session.line import Line
from livecode.session.scribe import Scribe
from livecode.session.speaker import speaking
from livecode.session.track import Stretch, Track, Version, problem_of

AHEAD_SECONDS: Final = 6.0
AHEAD_CYCLES: Final = 2
LIVE_SECONDS: Final = 0.4  # of patterns that read something live
TEND_SECONDS: Final = 0.1
CLOSE_SECONDS: Final = 2.0  # that a closing session waits for its hand
AWAY_SECONDS: Final = 1.0  # between two calls of `tend`: this process was held up, what it knows of the clock is old
LATE_BEATS: Final = 1  # behind where a seek has gone to: what was missed there is sent all the same
TRIES: Final = 4  # of reaching a beat, each with twice the time
SEED: Final = 42
FLUSH_SECONDS: Final = 0.5  # that a closing session waits for the last of its music to arrive
MASTER: Final = "master."  # before a control's name: the player that holds it

Change = Callable[[Any], Any]  # of a pattern


class Writer(Contact):
    """The players of one line and how far they are written. Safe from any thread."""

    def __init__(
        self,
        line: Line,
        *,
        seed: int = SEED,
        clock: Callable[[], float] = time.monotonic,
        reach: float = REACH_SECONDS,
    ) -> None:
        self.hand = Hand("livecode-session", self.tend, interval=TEND_SECONDS, lost=self._hung, failed=self._broken)
        super().__init__(line, clock=clock, reach=reach)
        self.seed = seed
        self.tracks: dict[str, Track] = {}
        # Called when a player is hushed, all are ("" for a player), or the session closes (True)
        self.ending: list[Callable[[str, bool], object]] = []
        self.changes: dict[str, Change] = {}  # what changes all players' patterns, by the word that asked for it
        self._anew: set[str] = set()  # players that are to be opened again
        self._tended = clock()

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
        if self._holds_back:
            return
        with speaking(self):
            now = self._now()
            away, self._tended = now - self._tended > AWAY_SECONDS, now
            while self._taken:
                self._lost(*self._taken.popleft())
            if self._unknown:
                self.renew(self.hand.ask, ours=False)
            was_gone = self._gone
            clock = self._heard(now, away=away and bool(self.tracks))
            if clock is None:
                return
            here, epoch = self._goes_on_at(clock), clock.coming_epoch
            if was_gone:
                self._gone = False
                self.tellings.word("the generator answers again")
            if not self.tracks:
                return
            tracks = list(self.tracks.values())
            # what was sent while the generator was away may be lost; a seek goes where nothing was sent for
            self._begin_anew([track.player for track in tracks if was_gone or track.epoch != epoch])
            margin = self._reach / 2 * clock.tempo / 60 if clock.running and not clock.seeking else 0.0
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
        jumps = old is not None and old.epoch != self.line.clock().coming_epoch
        begin = beat / self.beats_per_cycle
        again = old is not None and old.version is version
        before = self._fallback(old, version)
        version = self._as_played(player, version, old.version if old is not None else None, begin)
        owed, ending = frozenset[str](), tuple[int, ...]()
        if old is not None:
            never_began = begin <= old.begin
            owed = old.held | (old.owed if never_began or jumps else owed)
            if not again and not jumps:  # a seek ends all notes
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
        opened = self._answer(lambda: self.line.open_all(list(versions)))
        reach = self._reach + (self._now() - asked)
        for attempt in range(1, TRIES + 1):
            beat = self.next_beat(reach=reach)
            olds = [(old, old.seq if old is not None else 0) for old in map(self.tracks.get, versions)]
            begun = [
                self._begun(player, versions[player], beat, old)
                for player, (old, _) in zip(versions, olds, strict=True)
            ]
            moved = self.line.clock().coming_epoch != opened[0].epoch  # somebody has asked for a seek
            with self._lock:
                same = not moved and all(
                    self.tracks.get(player) is old and (old is None or old.seq == seq)
                    for player, (old, seq) in zip(versions, olds, strict=True)
                )
                if attempt == TRIES or (same and self.next_beat(reach=self._reach / 2) <= beat):
                    for (track, written), generation in zip(begun, opened, strict=True):
                        self._send(track, generation, written)
                    return
            if moved:
                opened = self._answer(lambda: self.line.open_all(list(versions)))
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
                if self.tracks.get(track.player) is not track or track.busy or track.done or self._holds_back:
                    return
                if track.written * self.beats_per_cycle >= until:
                    return
                track.busy = True
            try:
                stretch = self.hand.ask((track, track.written), track.write)
            finally:
                track.busy = False
            with self._lock:
                if self.tracks.get(track.player) is not track or self._holds_back:
                    return
                self._span(track, stretch)

    def _all_anew(self) -> None:
        with self._lock:
            for track in self.tracks.values():
                track.generation = 0  # numbers of the generator before mean nothing to this one
            self._anew.update(self.tracks)

    def _begin_anew(self, players: list[str]) -> None:
        """Have evaluations opened again at the next beat: the clock is not where they were written for."""
        with self._lock:
            self._anew.update(players)

    def _reopen(self, ask: Ask) -> None:
        """Open again what is to begin anew: after a seek at the very beat that it goes to, else at the next one."""
        with self._lock:
            olds = [track for player, track in self.tracks.items() if player in self._anew]
            self._anew.intersection_update(track.player for track in olds)
        if not olds:
            return
        opened = self.line.open_all([track.player for track in olds])
        clock = self.line.clock()
        beat, place = self.next_beat(Fraction(1)), clock.place
        for old, generation in zip(olds, opened, strict=True):
            at = beat
            if place is not None and place.epoch == generation.epoch != old.epoch:
                at = place.beat if clock.seeking or self._goes_on_at(clock) < place.beat + LATE_BEATS else beat

            def begin(old: Track = old, at: Fraction = at) -> tuple[Track, list[Stretch]]:
                track = self._track(old.player, old.version, at, old)
                return track, [track.write(), track.write()]

            try:
                track, written = ask((old, old.written), begin)
            except Exception as error:  # noqa: BLE001  # a function that changes all players is a player's own, too
                self._give_up(old, old.written, problem_of(error))
                continue
            with self._lock:
                if self.tracks.get(old.player) is old and not self._holds_back:
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

    def _news(self, address: str, args: tuple[Any, ...]) -> None:
        if address == SOUGHT:
            self.hand.wake()
        super()._news(address, args)

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
