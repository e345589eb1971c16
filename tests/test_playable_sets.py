"""The sets that come along: each plays, none complains, and first_light has no line too many."""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt
import pytest

from livecode.engines.band.engine import Band
from livecode.frames import ticks
from livecode.offline import Simulation
from livecode.session.local import LocalLine
from livecode.session.session import Session
from livecode.session.setfile import read_set
from livecode.sets import list_sets, sets_folder

SETS = [file.name for file in list_sets()]
SCREEN = 30  # lines
FIRST_LIGHT_BARS = 10  # of the 32: its second prompt has come, and the players that wait for it
FIRST_LIGHT_HEARD = 6  # the bar from which it is listened to, shortly before they come


@dataclass
class Performance:
    """What a set sounded like, and what was said meanwhile."""

    sound: npt.NDArray[np.float32]
    said: list[str] = field(default_factory=list)


def perform(path: Path, *, bars: int, engine: str = "band", heard_from: int = 0) -> Performance:
    """Play so many bars of a set without a clock; a set that cannot be read raises its error.

    Up to the bar ``heard_from`` the band plays on paper: everything happens, but no sound is made of it.
    """
    said: list[str] = []

    def tell(kind: str, player: str, text: str) -> None:
        if kind not in ("started", "ended", "word"):
            said.append(f"{player}: {text}")

    simulation = Simulation(engine, seed=42, report=lambda kind, player, text, _source: tell(kind, player, text))
    try:
        session = Session(LocalLine(simulation.core), seed=42, clock=lambda: 0.0, reach=0.0)
        session.listen(tell)
        session.commit(read_set(path, session))
        blocks = []
        while simulation.core.tick < ticks(Fraction(bars) * session.beats_per_cycle):
            session.tend()
            heard = simulation.core.tick >= ticks(Fraction(heard_from) * session.beats_per_cycle)
            if isinstance(simulation.engine, Band):
                simulation.engine.desk.sounding = heard
            block = simulation.step()
            blocks += [block] if heard else []
    finally:
        simulation.close()
    return Performance(np.concatenate(blocks), said)


def decibels(sound: npt.NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def test_there_are_at_least_ten_sets_beside_first_light() -> None:
    assert "first_light" in SETS
    assert len(SETS) >= 11


@pytest.mark.parametrize("file", list_sets(), ids=lambda file: file.name)
def test_a_set_says_what_it_is_and_fits_on_two_screens(file: object) -> None:
    about, path = file.about, file.path  # type: ignore[attr-defined]
    lines = path.read_text("utf-8").splitlines()
    assert len(about) > 20
    assert about.endswith(".")
    assert len(lines) <= 2 * SCREEN
    assert lines[2] == "from livecode import *"


@pytest.mark.parametrize("name", SETS)
def test_a_set_plays_without_a_complaint(name: str) -> None:
    done = perform(sets_folder() / f"{name}.py", bars=2)
    assert done.said == []
    assert decibels(done.sound) > -45.0
    assert np.abs(done.sound).max() < 1.0


@pytest.mark.parametrize("name", SETS)
def test_a_set_goes_on_without_a_complaint(name: str) -> None:
    assert perform(sets_folder() / f"{name}.py", bars=5 if name.startswith("show_") else 17, engine="tones").said == []


def statements(source: str) -> list[ast.stmt]:
    """Return the lines of a set that could be taken away: all but its docstring and its import."""
    return [node for node in ast.parse(source).body[1:] if not isinstance(node, ast.ImportFrom)]


FIRST_LIGHT = sets_folder() / "first_light.py"
LINES = statements(FIRST_LIGHT.read_text("utf-8"))


@cache
def first_light() -> npt.NDArray[np.float32]:
    return perform(FIRST_LIGHT, bars=FIRST_LIGHT_BARS, heard_from=FIRST_LIGHT_HEARD).sound


@pytest.mark.parametrize("line", range(len(LINES)), ids=lambda line: ast.unparse(LINES[line])[:30])
def test_no_line_of_first_light_can_be_taken_away_unheard(line: int, tmp_path: Path) -> None:
    kept = FIRST_LIGHT.read_text("utf-8").splitlines()
    node = LINES[line]
    assert node.end_lineno is not None
    del kept[node.lineno - 1 : node.end_lineno]
    path = tmp_path / "first_light.py"
    path.write_text("\n".join(kept), "utf-8")
    shutil.copy(sets_folder() / "riff.mid", tmp_path)
    without = perform(path, bars=FIRST_LIGHT_BARS, heard_from=FIRST_LIGHT_HEARD).sound
    whole = first_light()
    assert len(without) == len(whole)
    assert decibels(without - whole) > decibels(whole) - 25.0
    assert heard_difference(without, whole) > 0.1


def heard_difference(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """Return how far two sounds are apart in the loudness of 12 bands every quarter second, mean decibels."""

    def bands(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        frames = sound.mean(axis=1)[: len(sound) // 12_000 * 12_000].reshape(-1, 12_000)
        power = np.abs(np.fft.rfft(frames * np.hanning(12_000))) ** 2
        edges = np.geomspace(10, 4000, 13).astype(int)
        return 10 * np.log10(np.add.reduceat(power, edges[:-1], axis=1) + 1e-3)

    return float(np.abs(bands(one) - bands(other)).mean())


def test_the_riff_is_two_bars_of_one_voice_in_c_minor() -> None:
    song = mido.MidiFile(sets_folder() / "riff.mid")
    notes = [message.note for message in song if message.type == "note_on" and message.velocity]
    assert song.length == pytest.approx(8 * 60 / 125)
    assert {note % 12 for note in notes} <= {0, 2, 3, 5, 7, 8, 10}
    assert len(notes) >= 8
