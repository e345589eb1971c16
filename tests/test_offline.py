"""Rendering without a clock: as long as was asked, the same bits twice, whole files or none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from livecode.audio.limiter import LATENCY
from livecode.audio.wav import WavWriter
from livecode.errors import EngineError, RecordingError, TimeError
from livecode.generator.setlog import SetLog, header
from livecode.offline import Rendered, Replay, Simulation, SoundFile, render
from livecode.osc.addresses import check
from livecode.osc.wire import Message
from livecode.schedule import Event
from livecode.session.local import LocalLine
from livecode.session.tuned import Tuned


def play(path: Path, *, tempo: float = 125.0, seed: int = 42, log: Path | None = None, prompt: bool = True) -> Rendered:
    """Render two bars of a prompt, a note a beat and a sweep."""
    problems: list[Any] = []
    simulation = Simulation("tones", seed=seed, tempo=tempo, log=log, report=lambda *told: problems.append(told))
    line = LocalLine(simulation.core)
    line.open("d1")
    if prompt:
        line.command(Message("/livecode/prompt", ("d1", "warm pads")))
    notes = [(Fraction(beat), Message("/livecode/note", (60 + beat, 0.7, "1/2"))) for beat in range(8)]
    line.span("d1", 1, 0, Fraction(0), Fraction(8), notes, epoch=0, cycle=Fraction(4))
    line.command(Message("/livecode/set", ("temperature", 2.5, "8")))
    try:
        return render(simulation, path, bars=2, title="test")
    finally:
        simulation.close()
        assert problems == []


def test_bars_are_as_long_as_their_tempo_says_to_the_sample(tmp_path: Path) -> None:
    for tempo, samples in ((125.0, 2 * 92_160), (97.3, 236_793)):
        done = play(tmp_path / "a.wav", tempo=tempo)
        assert soundfile.info(tmp_path / "a.wav").frames == samples
        assert done.seconds == samples / 48_000
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_24"


def test_two_renders_are_the_same_file_bit_for_bit_and_another_seed_is_not(tmp_path: Path) -> None:
    for name, seed in (("a", 42), ("b", 42), ("c", 43)):
        play(tmp_path / f"{name}.wav", seed=seed)
    files = [(tmp_path / f"{name}.wav").read_bytes() for name in "abc"]
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_notes_begin_on_their_beats(tmp_path: Path) -> None:
    play(tmp_path / "a.wav", prompt=False)
    sound = soundfile.read(tmp_path / "a.wav")[0][:, 0]
    levels = np.sqrt(np.square(sound.reshape(-1, 1920)).mean(axis=1))
    louder = [frame for frame in range(1, len(levels)) if levels[frame] > 3 * levels[frame - 1]]
    assert louder == [12 * beat for beat in range(1, 8)]


def test_a_flac_has_the_samples_of_the_wav(tmp_path: Path) -> None:
    play(tmp_path / "a.wav")
    play(tmp_path / "a.flac")
    wav, flac = (soundfile.read(tmp_path / name, dtype="int32")[0] for name in ("a.wav", "a.flac"))
    assert np.array_equal(wav, flac)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.flac", "a.wav"]


def test_a_render_can_be_replayed_from_its_log(tmp_path: Path) -> None:
    play(tmp_path / "a.wav", log=tmp_path / "a.jsonl")
    replay = Replay(tmp_path / "a.jsonl")
    assert replay.takes == []
    with SoundFile(tmp_path / "b.wav", skip=LATENCY) as file:
        for block in replay.play():
            file.write(block)
    first, again = (soundfile.read(tmp_path / name, dtype="int32")[0] for name in ("a.wav", "b.wav"))
    assert len(again) == 1920 * replay.frames - LATENCY
    assert np.array_equal(first, again[: len(first)])


def test_a_seek_does_not_end_the_bars_and_a_stop_does_not_count(tmp_path: Path) -> None:
    simulation = Simulation("tones")
    line = LocalLine(simulation.core)
    line.command(Message("/livecode/stop", ()), beat=Fraction(1))
    simulation.core.at_sample(Event("/livecode/start", ()), 48_000 * 2)
    line.command(Message("/livecode/seek", (64,)), beat=Fraction(2))
    done = render(simulation, tmp_path / "a.wav", bars=1)
    assert done.seconds == 4 * 0.48 + (2 - 0.48)


def test_a_beat_that_never_goes_on_is_a_sentence_and_no_file(tmp_path: Path) -> None:
    simulation = Simulation("tones")
    LocalLine(simulation.core).command(Message("/livecode/stop", ()))
    with pytest.raises(TimeError, match="stood still"):
        render(simulation, tmp_path / "a.wav", bars=1)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_render_leaves_the_file_of_before(tmp_path: Path) -> None:
    play(tmp_path / "a.wav")
    before = (tmp_path / "a.wav").read_bytes()
    simulation = Simulation("tones")

    def trip() -> None:
        raise ValueError("stumbled")

    with pytest.raises(ValueError, match="stumbled"):
        render(simulation, tmp_path / "a.wav", bars=1, tend=trip)
    assert (tmp_path / "a.wav").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("name", ["a.mp3", "a", "missing/a.wav"])
def test_a_file_that_cannot_be_made_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordingError, match=r"should end in|cannot write"):
        SoundFile(tmp_path / name)


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(WavWriter, "write", full)
    with pytest.raises(RecordingError, match="No space left"):
        play(tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []


def test_a_recording_inside_a_render_is_left_out_with_a_sentence() -> None:
    told: list[str] = []
    simulation = Simulation("tones", report=lambda _kind, _player, text, _source: told.append(text))
    LocalLine(simulation.core).command(Message("/livecode/record", ("take",)))
    simulation.step()
    assert told == ["what is made without a clock is its own recording; record() is left out"]


def test_an_engine_that_is_not_here_is_a_sentence() -> None:
    with pytest.raises(EngineError, match="did you mean 'tones'"):
        Simulation("tone")


def test_a_fixed_prompt_takes_the_place_of_all_others() -> None:
    simulation = Simulation("tones")
    line = Tuned(simulation.core, "one prompt only")
    opened = line.open("d1")
    line.command(Message("/livecode/prompt", ("d2", "another")))
    line.send("/livecode/prompt", "d3", "a third")
    words = [
        (Fraction(0), Message("/livecode/prompt", ("d1", "a fourth"))),
        (Fraction(0), Message("/livecode/curve", ("weight", "prompt", 0.5, 0.0, 1))),
        (Fraction(0), Message("/livecode/hit", ("bd",))),
    ]
    line.span("d1", opened.generation, 0, Fraction(0), Fraction(4), words, epoch=0, cycle=Fraction(4))
    simulation.step()
    last = simulation.performance.last
    assert last is not None
    assert [(str(prepared.prompt), share) for prepared, share in last.blend] == [("one prompt only", 1.0)]
    assert [hit.name for hit in last.hits] == ["bd"]


def lines(path: Path, *more: dict[str, Any]) -> Path:
    """Write a log with a header and some lines."""
    head = header(engine="tones", kind="test", spec="tones", seed=1, bpm=125, running=True, fine=False)
    log = SetLog(path, head, say=print)
    for line in more:
        log.write(line)
    log.close()
    return path


def record(frame: int, name: str) -> dict[str, Any]:
    return {"frame": frame, "sample": frame * 1920, "player": "", "address": "/livecode/record", "args": [name]}


def test_a_log_knows_what_was_recorded(tmp_path: Path) -> None:
    end = {"frame": 90, "address": "/livecode/end", "args": [], "sample": 90 * 1920, "player": ""}
    path = lines(tmp_path / "a.jsonl", record(10, "one"), record(30, ""), record(50, "two"), record(70, "three"), end)
    takes = [(take.name, take.begin, take.end) for take in Replay(path).takes]
    assert takes == [("one", 10, 30), ("two", 50, 70), ("three", 70, 90)]


def test_a_log_that_was_cut_off_plays_up_to_its_last_whole_line(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", record(10, "one"), record(20, ""))
    text = path.read_text()
    path.write_text(text[:-20])
    replay = Replay(path)
    assert replay.frames == 11
    assert len(list(replay.play())) == 11


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: "hello\n", "no set log"),
        (lambda text: "", "no set log"),
        (lambda text: text.replace('"frame"', '"game"'), "says no frame"),
        (lambda text: text.replace('"kind"', '"sort"', 1).replace('"seed"', '"sod"', 1), "has no kind, seed, so"),
        (lambda text: text + "{broken\n" + text.splitlines()[-1], "not JSON"),
    ],
)
def test_what_is_no_log_is_a_sentence(tmp_path: Path, spoil: Callable[[str], str], message: str) -> None:
    path = lines(tmp_path / "a.jsonl", record(1, "one"))
    path.write_text(spoil(path.read_text()))
    with pytest.raises(RecordingError, match=message):
        Replay(path)


def test_a_log_with_a_line_that_cannot_be_played_names_its_frame(tmp_path: Path) -> None:
    wrong = {"frame": 3, "sample": 5760, "player": "", "address": "/livecode/tempo", "args": [1.0]}
    with pytest.raises(RecordingError, match=r"frame 3: .*tempo"):
        list(Replay(lines(tmp_path / "a.jsonl", wrong)).play())


def test_only_another_version_machine_or_algebra_is_said_of_a_log(tmp_path: Path) -> None:
    play(tmp_path / "a.wav", log=tmp_path / "set.jsonl")
    replay = Replay(tmp_path / "set.jsonl")
    assert replay.elsewhere == ""
    for name, value in (("livecode", "0.0.1"), ("platform", "Plan9 pdp11 Python 3.11"), ("versions", {"numpy": "0.1"})):
        replay.head = replay.head | {name: value}
        told = replay.elsewhere
        assert told.startswith("set.jsonl was played with ")
        assert told.endswith(": its last bits may differ from the recording's")
        replay = Replay(tmp_path / "set.jsonl")
    replay.head = {name: value for name, value in replay.head.items() if name != "versions"}
    assert replay.elsewhere == ""
    other = str(replay.head["platform"]).partition(" Python ")[0] + " Python 2.7"
    replay.head = replay.head | {"platform": other}
    assert replay.elsewhere == "", "Python decides no sample"


def test_a_file_leaves_out_its_first_samples_whatever_the_blocks_are_and_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ramp = np.stack([np.arange(30) / 64, -np.arange(30) / 64], axis=1).astype(np.float32)
    with SoundFile(tmp_path / "a.wav", skip=12) as file:
        for start in range(0, 30, 5):
            file.write(ramp[start : start + 5])
            assert file.samples == max(0, start + 5 - 12)
        file.limit(15)
    assert np.array_equal(soundfile.read(tmp_path / "a.wav", dtype="float32")[0], ramp[12:27])
    monkeypatch.setattr("livecode.offline.file.SIZE_LIMIT", 60)
    with SoundFile(tmp_path / "b.wav") as file:
        file.write(ramp[:10])
        with pytest.raises(RecordingError, match=r"b\.wav would be over 4 GB"):
            file.write(ramp[:1])


def test_a_render_counts_the_beats_that_pass_whatever_a_seek_does(tmp_path: Path) -> None:
    simulation = Simulation("tones", seed=1)
    line = LocalLine(simulation.core)
    line.open("d1")
    done: list[float] = []

    def tend() -> None:
        if simulation.core.frame == 20:
            event = Event("/livecode/seek", (Fraction(100),), (100,), "test")
            simulation.core.at_once(event)

    found = render(simulation, tmp_path / "a.wav", bars=2, tend=tend, progress=done.append)
    simulation.close()
    assert found.seconds == pytest.approx(8 * 0.48, abs=0.05)
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert min(done) > 0.0


def test_an_off_of_a_log_ends_its_own_note_and_a_plain_one_all_of_its_pitch(tmp_path: Path) -> None:
    simulation = Simulation("tones", seed=1, log=tmp_path / "set.jsonl")
    core = simulation.core

    def send(address: str, *args: Any) -> None:
        good = check(Message(f"/livecode/{address}", args))
        core.at_once(Event(good.address, good.args, args, "test", "d1"))

    blocks = []
    for frame in range(40):
        if frame == 2:
            send("note", 60, 0.8, 0.4)
        if frame == 4:
            send("on", 60, 0.8)
            send("on", 64, 0.8)
        if frame == 30:
            send("off", 60)
        blocks.append(core.advance())
    simulation.close()
    assert np.array_equal(np.concatenate(list(Replay(tmp_path / "set.jsonl").play())), np.concatenate(blocks))


def test_a_log_whose_engine_draws_no_codes_is_not_played_by_them(tmp_path: Path) -> None:
    play(tmp_path / "a.wav", log=tmp_path / "set.jsonl")
    with pytest.raises(RecordingError, match=r"set\.jsonl has no codes: engine tones draws none"):
        next(Replay(tmp_path / "set.jsonl").play(codes=True))
    assert len(list(Replay(tmp_path / "set.jsonl").play(until=3))) == 3
    assert len(list(Replay(tmp_path / "set.jsonl").play(until=10**6))) == Replay(tmp_path / "set.jsonl").frames


def test_a_beat_may_stand_for_as_long_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["livecode.offline.render"], "LONGEST_STOP", 10)  # the name is the function too
    for frames, ends in ((10, True), (11, False)):
        simulation = Simulation("tones")
        core = simulation.core
        core.at_once(Event("/livecode/stop", ()))
        core.at_sample(Event("/livecode/start", ()), 1920 * frames)
        if ends:
            render(simulation, tmp_path / "a.wav", bars=1)
        else:
            with pytest.raises(TimeError, match="stood still"):
                render(simulation, tmp_path / "a.wav", bars=1)
        simulation.close()
