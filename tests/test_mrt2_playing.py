"""The model live and in every workflow: warmth, warnings, credit, the listening process, sets, notebooks, Tidal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from livecode_kernel.rendering import Job
from livecode_kernel.rendering import play as play_job
from patience import PATIENCE

from livecode import home
from livecode.audio.null import NullSink
from livecode.conditioning import Prompt
from livecode.engines.mrt2 import engine as engine_module
from livecode.engines.mrt2.listening import Listening
from livecode.engines.mrt2.mlx.encoder import SpectroStreamEncoder
from livecode.engines.mrt2.watchdog import WINDOW, Watchdog, flatness
from livecode.errors import EngineError
from livecode.generator.live import Live, Options
from livecode.generator.pacing import wait_warm
from livecode.generator.status import status
from livecode.offline import Replay, Simulation
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Message
from livecode.session.local import LocalLine
from livecode.session.session import Session
from livecode.session.setfile import read_set
from livecode.sets import list_sets

pytest.importorskip("mlx.core", reason="mlx is not installed here")


# -- a running generator -------------------------------------------------------------------------------------------


class Clock:
    """Seconds that only sleeping moves on."""

    now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Stage:
    """A generator that plays test tones to nobody, on that clock."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.clock = Clock()
        self.said: list[str] = []
        self.log = folder / "set.jsonl"
        self._open = True
        sink = NullSink(clock=self.clock, sleep=self.clock.sleep)
        self.live = Live(Options(engine=engine, port=0, log=self.log), say=self.said.append, sink=sink)
        self.live.begin()

    def send(self, address: str, *args: Any) -> None:
        message = Message(f"/livecode/{address}", args)
        self.live.inbox.take(Arrival(self.clock.now, 0.0, Source("127.0.0.1", 9), flatten(message)))

    def close(self) -> None:
        if self._open:
            self.live.close()
            self._open = False

    def turn(self, count: int) -> None:
        for _ in range(count):
            self.live.turn()


@pytest.fixture
def stage(tmp_path: Path, test_tones: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stage]]:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))
    opened: list[Stage] = []

    def make(engine: str = "") -> Stage:
        opened.append(Stage(tmp_path, engine or f"mrt2:{test_tones}"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_the_start_line_and_the_status_name_the_fixture_and_show_the_latency(stage: Callable[[], Stage]) -> None:
    running = stage()
    running.turn(5)
    assert "mrt2 fixture: test tones, no music model" in running.live.start_line()
    found = status(running.live)
    assert found["engine"] == "mrt2:fixture"
    assert found["open"].startswith("mrt2:/")
    assert found["engine_codec_delay_ms"] == 50
    assert found["latency_ms"] == found["lead_ms"] + found["device_ms"] + 50
    assert {"engine_frame_ms", "engine_depth_ms", "engine_slowest_ms", "engine_home", "engine_mlx"} <= set(found)


def test_a_recording_of_the_model_carries_its_credit_and_one_of_test_tones_does_not(
    stage: Callable[..., Stage], test_tones: Path, tmp_path: Path
) -> None:
    own = tmp_path / "tuned"
    own.mkdir()
    for name in ("fixture.mlxfn", "fixture_state.safetensors"):
        (own / name).write_bytes((test_tones / name).read_bytes())
    for engine, name in ((f"mrt2:{test_tones}", "tones"), (f"mrt2:{own}", "model")):
        running = stage(engine)
        running.send("record", name)
        running.turn(3)
        running.close()
    comments = {}
    for path in sorted(home.recordings().iterdir()):
        with soundfile.SoundFile(str(path)) as file:
            comments[path.name.split(".")[0]] = file.copy_metadata()["comment"]
    assert "CC-BY-4.0" in comments["model"]
    assert "CC-BY-4.0" not in comments["tones"]


def test_a_machine_that_is_too_slow_is_told_before_the_set(
    stage: Callable[[], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = engine_module.Speed(55.8, 50.0, 60.0)
    monkeypatch.setattr(engine_module, "measure", lambda *_args: slow)
    running = stage()
    assert any("mrt2:fixture takes 55.8 ms for each frame of 40 ms here" in text for text in running.said)
    assert "play --engine band and render with this one" in status(running.live)["warning"]


def test_silence_for_ten_seconds_is_told_once_and_offers_a_reset(
    stage: Callable[[], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "measure", lambda *_args: engine_module.Speed(1.0, 1.0, 1.0))
    running = stage()
    engine = running.live.engine
    stepped = engine._stepper.step  # type: ignore[attr-defined]
    monkeypatch.setattr(
        engine._stepper,  # type: ignore[attr-defined]
        "step",
        lambda *args: (np.zeros((1920, 2), np.float32), stepped(*args)[1]),
    )
    running.turn(WINDOW + 60)
    told = [text for text in running.said if "silent for 10 s" in text]
    assert len(told) == 1
    assert "reset" in told[0]


def test_prompts_are_prepared_in_the_worker_and_their_readiness_is_logged(stage: Callable[[], Stage]) -> None:
    running = stage()
    running.send("prompt", "x", "warm pads")
    assert running.live.worker.wait(PATIENCE)
    running.turn(5)
    running.close()
    lines = [json.loads(line) for line in running.log.read_text().splitlines()[1:]]
    assert [line["args"] for line in lines if line["address"] == "/livecode/ready"] == [["warm pads"]]
    assert running.live.performance.last is not None
    assert running.live.performance.last.blend[0][0].prompt == Prompt("warm pads")


class Queue:
    """A sink's queue that something reads while one sleeps."""

    def __init__(self, queued: int) -> None:
        self.samples, self.waited = queued, 0

    def queued(self) -> int:
        return self.samples

    def wait(self, samples: int) -> None:
        self.waited = samples
        self.samples = min(self.samples, samples)

    def sleep(self, seconds: float) -> None:
        self.samples -= round(seconds * 48_000)


def test_an_engine_is_kept_warm_about_once_a_millisecond_while_it_waits() -> None:
    queue, warm = Queue(5760 + 1920), []
    wait_warm(queue, 5760, lambda: warm.append(queue.samples), sleep=queue.sleep)  # type: ignore[arg-type]
    assert 36 <= len(warm) <= 40
    assert queue.waited == 5760


def test_without_need_or_without_progress_it_only_waits() -> None:
    queue = Queue(7680)
    wait_warm(queue, 5760, None, sleep=lambda _seconds: pytest.fail("slept"))  # type: ignore[arg-type]
    assert queue.waited == 5760
    stuck, warm = Queue(7680), []
    wait_warm(stuck, 5760, lambda: warm.append(1), sleep=lambda _seconds: None)  # type: ignore[arg-type]
    assert len(warm) <= 40


# -- the watchdog --------------------------------------------------------------------------------------------------


def heard(sounds: Callable[[int], Any], frames: int = WINDOW) -> str:
    dog = Watchdog(knows_silence=True)
    for frame in range(frames):
        dog.hear(sounds(frame).astype(np.float32))
    return dog.word


def noise(frame: int) -> Any:
    return 0.1 * np.random.default_rng(frame).standard_normal((1920, 2))


def chord(frame: int) -> Any:
    times = (np.arange(1920) + 1920 * frame) / 48_000
    mono = sum(0.1 * np.sin(2 * np.pi * hz * times) for hz in (220, 277, 330, 880, 1760))
    return np.stack([mono, mono], axis=1) + 0.001 * noise(frame)


def test_ten_seconds_of_hiss_or_silence_are_noticed_and_music_is_not() -> None:
    assert "hissing for 10 s" in heard(noise)
    assert "silent for 10 s" in heard(lambda _frame: np.zeros((1920, 2)))
    assert heard(chord) == ""
    assert heard(lambda frame: noise(frame) if frame % 3 == 0 else chord(frame)) == ""


def test_less_than_ten_seconds_are_no_reason_to_worry() -> None:
    assert heard(noise, WINDOW - 1) == ""


def test_flatness_tells_noise_from_tones() -> None:
    assert flatness(noise(1).astype(np.float32)) == pytest.approx(0.56, abs=0.08)
    assert flatness(chord(1).astype(np.float32)) < 0.01


# -- the listening process -----------------------------------------------------------------------------------------


def test_a_sound_becomes_codes_in_a_process_of_its_own(test_tones: Path) -> None:
    listening = Listening(SpectroStreamEncoder(test_tones / "spectrostream_encoder.mlxfn"))
    listening.begin(np.full((48_000 * 3, 2), 0.5, np.float32))
    assert listening.busy
    codes = listening.wait()
    assert codes is not None
    assert (codes.shape, codes.dtype, set(codes[:, 8])) == ((50, 12), np.int32, {56})
    assert not listening.busy
    assert listening.poll() is None


def test_what_goes_wrong_there_comes_back_as_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "spectrostream_encoder.mlxfn"
    broken.write_bytes(b"nothing")
    listening = Listening(SpectroStreamEncoder(broken))
    listening.begin(np.zeros((48_000 * 3, 2), np.float32))
    with pytest.raises(EngineError, match="not a function that mlx has written"):
        listening.wait()
    listening.close()


@pytest.mark.parametrize(
    ("sound", "says"),
    [(np.zeros((48_000, 2)), "more than 2 s, not 1.00 s"), (np.zeros(480_000), r"is \(samples, 2\)")],
)
def test_a_sound_that_is_too_short_or_no_stereo_is_refused_at_once(sound: Any, says: str, test_tones: Path) -> None:
    listening = Listening(SpectroStreamEncoder(test_tones / "spectrostream_encoder.mlxfn"))
    with pytest.raises(EngineError, match=says):
        listening.begin(sound.astype(np.float32))


def test_a_home_without_an_encoder_says_so() -> None:
    with pytest.raises(EngineError, match="it can go on from codes"):
        Listening(None, "no encoder here; it can go on from codes").begin(np.zeros((480_000, 2), np.float32))


def test_only_the_last_27_seconds_are_heard_and_the_first_of_them_is_left_out(test_tones: Path) -> None:
    encode = SpectroStreamEncoder(test_tones / "spectrostream_encoder.mlxfn")
    sound = np.concatenate([np.full((48_000 * 10, 2), 0.1), np.full((48_000 * 27, 2), 0.5)]).astype(np.float32)
    codes = encode(sound)
    assert codes.shape == (650, 12)
    assert set(codes[:, 8]) == {56}


# -- workflows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [file.name for file in list_sets() if not file.name.startswith("show_")])
def test_every_set_plays_unchanged_on_the_model_and_is_replayed(name: str, test_tones: Path, tmp_path: Path) -> None:
    log, said = tmp_path / "set.jsonl", []
    simulation = Simulation(
        f"mrt2:{test_tones}", log=log, report=lambda _kind, player, text, _source: said.append(f"{player}: {text}")
    )
    session = Session(LocalLine(simulation.core), seed=42, clock=lambda: 0.0, reach=0.0)
    session.listen(lambda kind, player, text: said.append(f"{player}: {text}") if kind == "problem" else None)
    session.commit(read_set(next(file.path for file in list_sets() if file.name == name), session))
    blocks = []
    for _ in range(30):
        session.tend()
        blocks.append(simulation.step())
    simulation.close()
    assert [text for text in said if "mrt2" not in text] == []
    sound = np.concatenate(blocks)
    assert np.abs(sound).max() > 0.001
    assert (np.concatenate(list(Replay(log).play())) == sound).all()


def test_a_notebook_renders_with_it(test_tones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    events = ((Fraction(0), Message("/livecode/note", (69, 0.8, 1.0))),)
    job = Job((("d1", events),), bars=1, beats_per_bar=Fraction(4), engine=f"mrt2:{test_tones}")
    sound = play_job(job)
    spectrum = np.abs(np.fft.rfft(sound[4800:14_400].mean(axis=1)))
    assert np.argsort(spectrum)[-20:].min() * 5 <= 445
    assert spectrum[88] > 20 * np.median(spectrum)


def test_tidals_messages_play_it(test_tones: Path) -> None:
    from livecode.generator.superdirt import SuperDirt

    simulation = Simulation(f"mrt2:{test_tones}")
    line = LocalLine(simulation.core)
    SuperDirt(line.inbox, say=lambda _text: None)
    pairs = ("_id_", "1", "cps", 0.5, "cycle", 1.0, "delta", 0.5, "orbit", 0, "s", "superpiano", "note", 9.0)
    line.inbox.take(Arrival(0.0, 0.0, Source("127.0.0.1", 9), flatten(Message("/dirt/play", pairs))))
    codes = []
    for _ in range(5):
        simulation.step()
        codes.append(simulation.engine.drawn()[0])  # type: ignore[attr-defined]
    simulation.close()
    assert any(code % 128 == 69 and code >= 128 for code in codes)
