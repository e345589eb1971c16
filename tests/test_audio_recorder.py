from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from livecode.audio import flac, wav
from livecode.audio.flac import finish_left_overs, left_overs, to_flac
from livecode.audio.recorder import Recorder, free_name
from livecode.audio.wav import WavWriter, pack_24_bit, read_info, to_24_bit
from livecode.errors import RecordingError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

ABOUT = {"title": "first light", "engine": "band", "kind": "procedural", "seed": "7", "date": "2026-11-22"}


def sound(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (frames * FRAME_SAMPLES, 2)).astype(np.float32)


def record(recorder: Recorder, samples: np.ndarray) -> list[Path]:
    for start in range(0, len(samples), FRAME_SAMPLES):
        recorder.write(samples[start : start + FRAME_SAMPLES])
    return recorder.close()


def integers(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="int32")[0] >> 8


def test_a_recording_ends_as_flac_with_the_mixers_samples_and_its_metadata(tmp_path: Path) -> None:
    samples = sound(30)
    paths = record(Recorder(tmp_path, "first light", metadata=ABOUT), samples)
    assert paths == [tmp_path / "first light.flac"]
    assert list(tmp_path.iterdir()) == paths
    assert np.array_equal(integers(paths[0]), to_24_bit(samples))
    with soundfile.SoundFile(paths[0]) as kept:
        assert (kept.samplerate, kept.subtype, kept.title, kept.date) == (48000, "PCM_24", "first light", "2026-11-22")
        assert kept.comment == "engine: band; kind: procedural; seed: 7"
        assert kept.software.startswith("livecode ")


@given(arrays(np.float32, (50, 2), elements=st.floats(-1.5, 1.5, width=32)))
def test_the_one_rule_to_24_bits_gives_back_what_a_file_had(samples: np.ndarray) -> None:
    once = to_24_bit(samples)
    assert once.min() >= -(2**23)
    assert once.max() < 2**23
    assert np.array_equal(to_24_bit((once / 2**23).astype(np.float32)), once)
    inside = np.abs(samples) < 1
    assert (np.abs(once / 2**23 - samples)[inside] <= 2**-24).all()
    restored = np.frombuffer(pack_24_bit(once), np.uint8).reshape(-1, 3).astype(np.int32)
    assert np.array_equal((restored[:, 0] | restored[:, 1] << 8 | restored[:, 2] << 16) << 8 >> 8, once.ravel())


def test_half_a_step_is_rounded_up() -> None:
    assert to_24_bit(np.array([0.5, -0.5, 1.5, -1.5]) / 2**23).tolist() == [1, 0, 2, -1]


def test_a_recording_goes_on_in_a_new_part_before_the_limit(tmp_path: Path) -> None:
    samples = sound(10)
    paths = record(Recorder(tmp_path, "long", metadata={}, size_limit=6 * 5000), samples)
    assert [path.name for path in paths] == ["long.flac", "long.part2.flac", "long.part3.flac", "long.part4.flac"]
    assert [len(integers(path)) for path in paths] == [5000, 5000, 5000, 4200]
    assert np.array_equal(np.concatenate([integers(path) for path in paths]), to_24_bit(samples))


def test_the_mixers_latency_is_left_out_at_the_start(tmp_path: Path) -> None:
    samples = sound(3)
    assert np.array_equal(
        integers(record(Recorder(tmp_path, "a", metadata={}, skip=2000), samples)[0]), to_24_bit(samples)[2000:]
    )


def test_names_stay_in_the_folder_and_never_replace_a_recording(tmp_path: Path) -> None:
    names = [record(Recorder(tmp_path, "../../set: 1", metadata={}), sound(1))[0].name for _ in range(3)]
    assert names == ["set- 1.flac", "set- 1-2.flac", "set- 1-3.flac"]
    assert free_name(tmp_path, "set") == "set"
    assert free_name(tmp_path, "...") == "untitled"


def test_a_file_that_is_being_recorded_opens_at_any_time(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "now.wav", {"title": "now"})
    samples = to_24_bit(sound(25))
    for end in range(FRAME_SAMPLES, len(samples) + 1, FRAME_SAMPLES):
        writer.write(samples[end - FRAME_SAMPLES : end])
        writer.flush()
        assert np.array_equal(integers(writer.path), samples[:end])
    writer.close()
    assert os.path.getsize(writer.path) == 6 * len(samples) + 12 + 24 + 8 + (12 + 8 + 4)


def test_a_killed_process_leaves_a_wav_that_lacks_at_most_a_second(tmp_path: Path) -> None:
    program = """
        import sys, time
        from pathlib import Path
        import numpy as np
        from livecode.audio.recorder import Recorder
        recorder = Recorder(Path(sys.argv[1]), "killed", metadata={"engine": "band"})
        ramp = (np.arange(1920 * 80) / 2**23).astype(np.float32)
        for start in range(0, len(ramp), 1920):
            recorder.write(np.stack([ramp[start:start + 1920]] * 2, axis=1))
        while recorder._queue.qsize():
            time.sleep(0.001)
        print("written", flush=True)
        sys.stdin.read()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        assert left_overs(tmp_path) == []  # it is still being written
        process.send_signal(signal.SIGKILL)
    opened = integers(tmp_path / "killed.wav")
    written = 80 * FRAME_SAMPLES
    assert written - SAMPLE_RATE <= len(opened) <= written
    assert np.array_equal(opened[:, 0], np.arange(len(opened)))

    assert finish_left_overs(tmp_path) == [tmp_path / "killed.flac"]
    finished = integers(tmp_path / "killed.flac")
    assert len(opened) <= len(finished)  # what lay behind the header's length is found again
    assert np.array_equal(finished[:, 0], np.arange(len(finished)))
    assert not (tmp_path / "killed.wav").exists()


class FullDisk:
    """A file on a disk that has room for so many more bytes."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: Any) -> int:
        if self._file.tell() + len(data) > self._room:
            fits = max(0, self._room - self._file.tell())
            if not fits:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(self._file.write(data[:fits]))
        return int(self._file.write(data))


def test_a_full_disk_ends_the_recording_with_one_sentence_and_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, said = sound(20), list[str]()
    recorder = Recorder(tmp_path, "full", metadata={}, say=said.append)
    monkeypatch.setattr(recorder._wav, "_file", FullDisk(recorder._wav._file, 100_001))
    paths = record(recorder, samples)
    assert said == ["recording full has ended: No space left on device; what was written is kept"]
    kept = integers(paths[0])
    assert 90_000 // 6 < len(kept) <= 100_001 // 6
    assert np.array_equal(kept, to_24_bit(samples)[: len(kept)])
    assert recorder.failed
    assert not recorder.running


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file sizes for a process")
def test_a_real_limit_of_the_system_is_survived_too(tmp_path: Path) -> None:
    program = """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from livecode.audio.recorder import Recorder, keep
        recorder = Recorder(Path(sys.argv[1]), "limit", metadata={}, finish=keep, say=print)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        for _ in range(20):
            recorder.write(np.full((1920, 2), 0.25, dtype=np.float32))
        print(recorder.close()[0].name)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], capture_output=True, text=True, check=True
    )
    said = done.stdout.splitlines()
    assert said == ["recording limit has ended: File too large; what was written is kept", "limit.wav"]
    assert len(integers(tmp_path / "limit.wav")) == 8 * FRAME_SAMPLES  # the ninth frame did not fit


def test_a_disk_that_hangs_ends_the_recording_and_never_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    said, gate, block = list[str](), threading.Event(), np.zeros((10, 2), dtype=np.float32)
    recorder = Recorder(tmp_path, "slow", metadata={}, say=said.append)
    real = recorder._wav.write
    monkeypatch.setattr(recorder._wav, "write", lambda samples: (gate.wait(), real(samples)))
    for _ in range(1000):
        recorder.write(block)
    gate.set()
    assert len(integers(recorder.close()[0])) >= 7500  # all that was queued
    assert said == ["recording slow has ended: the disk did not keep up; what was written is kept"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match=r"cannot record into .*: (Not a directory|File exists)"):
        Recorder(tmp_path / "file" / "x", "a", metadata={})


def test_a_wav_whose_flac_differs_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[str]()
    monkeypatch.setattr(flac, "_same_samples", lambda one, other: False)
    paths = record(Recorder(tmp_path, "a", metadata={}, say=said.append), sound(2))
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"] == [path.name for path in paths]
    assert "differs" in said[0]
    assert left_overs(tmp_path) == paths


def test_left_overs_are_only_ours(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mine.wav", np.zeros((100, 2)), 48000, "PCM_24")
    (tmp_path / "noise.wav").write_bytes(b"RIFF\xff\xff\xff\xffWAVELIST\xff\xff\xff\x7fabc")
    (tmp_path / "short.wav").write_bytes(b"RI")
    WavWriter(tmp_path / "empty.wav", {"source": flac.SOURCE}).close()
    WavWriter(tmp_path / "sink.wav", {"source": "livecode file sink"}).close()
    assert [path.name for path in left_overs(tmp_path)] == ["empty.wav"]
    assert finish_left_overs(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.wav", "noise.wav", "short.wav", "sink.wav"]


def test_one_left_over_that_cannot_be_finished_does_not_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        with_sound = WavWriter(tmp_path / f"{name}.wav", {"source": flac.SOURCE})
        with_sound.write(to_24_bit(sound(1)))
        with_sound.close()
    real = flac._encode

    def fail_on_a(source: Path, target: Path) -> None:
        if source.name == "a.wav":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(flac, "_encode", fail_on_a)
    with pytest.raises(RecordingError, match=r"a.wav stays a WAV: .*No space left"):
        finish_left_overs(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "b.flac"]


def test_metadata_of_any_text_survives(tmp_path: Path) -> None:
    title = 'déjà vu · 夜 "quoted"'
    recorder = Recorder(tmp_path, "t", metadata={"title": title, "prompt": "x" * 5000})
    assert read_info(recorder.path)["title"] == title
    (path,) = record(recorder, sound(1))
    assert soundfile.SoundFile(path).title == title


def test_a_file_too_damaged_to_repair_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no sound at all" * 10)
    with pytest.raises(RecordingError, match="not a WAV"):
        wav.repair(tmp_path / "bad.wav")
    with pytest.raises(RecordingError, match="stays a WAV"):
        to_flac(tmp_path / "bad.wav")


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move or delete an open file")


def written(recorder: Recorder) -> None:
    """Wait until the thread has written all that it was given: it takes an empty block only when it is done with it."""
    recorder.write(np.zeros((0, 2), np.float32))
    while recorder._queue.qsize():
        recorder._thread.join(0.001)


@posix
def test_a_recording_follows_its_folder_when_that_is_moved_and_says_where_it_is(tmp_path: Path) -> None:
    samples, said = sound(60), list[str]()
    recorder = Recorder(tmp_path / "home" / "recordings", "take", metadata={}, say=said.append)
    for start in range(0, 30 * FRAME_SAMPLES, FRAME_SAMPLES):
        recorder.write(samples[start : start + FRAME_SAMPLES])
    written(recorder)
    (tmp_path / "home").rename(tmp_path / "elsewhere")
    paths = record(recorder, samples[30 * FRAME_SAMPLES :])
    there = tmp_path / "elsewhere" / "recordings"
    assert paths == [there / "take.flac"]
    assert recorder.path == there / "take.flac"
    assert np.array_equal(integers(paths[0]), to_24_bit(samples))
    assert said == [f"recording take: its file was moved while it ran; it goes on in {there / 'take.wav'}"]


@posix
def test_a_recording_whose_folder_is_deleted_is_written_anew_whole(tmp_path: Path) -> None:
    samples, said = sound(60), list[str]()
    folder = tmp_path / "home" / "recordings"
    recorder = Recorder(folder, "take", metadata=ABOUT, say=said.append)
    for start in range(0, 30 * FRAME_SAMPLES, FRAME_SAMPLES):
        recorder.write(samples[start : start + FRAME_SAMPLES])
    written(recorder)
    shutil.rmtree(tmp_path / "home")
    paths = record(recorder, samples[30 * FRAME_SAMPLES :])
    assert paths == [folder / "take.flac"]
    assert np.array_equal(integers(paths[0]), to_24_bit(samples))
    assert soundfile.SoundFile(paths[0]).title == "first light"
    assert said == [f"recording take: its file was deleted while it ran; all of it is in {folder / 'take.wav'} now"]


@posix
def test_a_recording_that_is_deleted_where_nothing_can_be_written_again_ends_and_names_no_file(tmp_path: Path) -> None:
    said = list[str]()
    recorder = Recorder(tmp_path / "home", "take", metadata={}, say=said.append)
    recorder.write(sound(1))
    written(recorder)
    shutil.rmtree(tmp_path / "home")
    (tmp_path / "home").write_text("in the way")
    assert record(recorder, sound(40)) == []
    assert said[0].startswith("recording take has ended: ")
    assert "take.wav has gone; it was deleted or moved" in said[-1]
    assert not recorder.running


@posix
def test_earlier_parts_are_found_again_too(tmp_path: Path) -> None:
    samples = sound(40)
    recorder = Recorder(tmp_path / "home", "long", metadata={}, size_limit=6 * 20_000, say=[].append)
    for start in range(0, 20 * FRAME_SAMPLES, FRAME_SAMPLES):
        recorder.write(samples[start : start + FRAME_SAMPLES])
    written(recorder)
    (tmp_path / "home").rename(tmp_path / "away")
    paths = record(recorder, samples[20 * FRAME_SAMPLES :])
    assert {path.parent for path in paths} == {tmp_path / "away"}
    assert np.array_equal(np.concatenate([integers(path) for path in paths]), to_24_bit(samples))


def test_a_wav_that_somebody_takes_away_while_it_becomes_flac_is_said_to_have_gone(tmp_path: Path) -> None:
    said = list[str]()

    def steal(path: Path) -> Path:
        path.unlink()
        raise RecordingError(f"{path.name} stays a WAV: No such file or directory")

    recorder = Recorder(tmp_path, "take", metadata={}, say=said.append, finish=steal)
    assert record(recorder, sound(1)) == []
    assert said == [f"recording take: {tmp_path / 'take.wav'} has gone; it was deleted or moved by somebody else"]


def test_a_repaired_file_says_its_own_length_and_a_flac_of_another_length_is_not_the_same(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "cut.wav", {})
    writer.write(to_24_bit(sound(2)))
    writer._file.close()  # as a killed process leaves it
    assert wav.repair(tmp_path / "cut.wav") == 2 * FRAME_SAMPLES
    data = (tmp_path / "cut.wav").read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    soundfile.write(tmp_path / "short.wav", soundfile.read(tmp_path / "cut.wav")[0][:-1], SAMPLE_RATE, "PCM_24")
    assert flac._same_samples(tmp_path / "cut.wav", tmp_path / "cut.wav")
    assert not flac._same_samples(tmp_path / "cut.wav", tmp_path / "short.wav")


def test_a_wav_that_is_cut_goes_on_from_there(tmp_path: Path) -> None:
    samples = to_24_bit(sound(1))
    writer = WavWriter(tmp_path / "cut.wav", {"title": "odd"})
    writer.write(samples)
    writer.cut(100)
    assert writer.frames == 100
    writer.write(samples[500:510])
    writer.cut(10_000)
    assert writer.frames == 110, "there is not more to forget"
    writer.flush()
    assert soundfile.info(tmp_path / "cut.wav").frames == 110
    writer.write(samples[600:601])
    writer.close()
    writer.close()
    expected = np.concatenate([samples[:100], samples[500:510], samples[600:601]])
    assert np.array_equal(integers(tmp_path / "cut.wav"), expected)
    assert wav.read_info(tmp_path / "cut.wav")["title"] == "odd"


def test_a_file_in_another_place_has_all_that_was_written(tmp_path: Path) -> None:
    samples = to_24_bit(sound(2))
    writer = WavWriter(tmp_path / "one.wav", {})
    writer.write(samples[:1000])
    writer.save_as(tmp_path / "two.wav")
    writer.write(samples[1000:])
    writer.close()
    assert np.array_equal(integers(tmp_path / "two.wav"), samples)
    (tmp_path / "text.wav").write_bytes(b"RIFF....WAVX" + bytes(40))
    assert read_info(tmp_path / "text.wav") == {}
    (tmp_path / "text.wav").write_bytes(b"RIFX....WAVE" + bytes(40))
    assert read_info(tmp_path / "text.wav") == {}


def test_a_recording_is_finished_once_its_thread_has_done_all(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "take", metadata={}, say=[].append)
    assert (recorder.finished, recorder.running) == (False, True)
    assert recorder.path == tmp_path / "take.wav"
    recorder.write(sound(1))
    recorder.close()
    assert (recorder.finished, recorder.running) == (True, False)
    assert recorder.path == tmp_path / "take.flac"
