"""From finished WAV to FLAC: same samples, half the size, and the metadata where players look for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from livecode.audio.wav import in_use, read_info, repair
from livecode.errors import RecordingError
from livecode.home import for_library

SOURCE: Final = "livecode recorder"  # marks the WAVs that are ours to turn into FLAC
_CHUNK: Final = 65_536  # frames a step
_FIELDS: Final = ("title", "artist", "software", "date", "comment")


def to_flac(wav: Path) -> Path:
    """Write the FLAC beside the WAV, compare every sample, then remove the WAV; return the FLAC's path.

    The WAV stays if anything fails.

    Raises:
        RecordingError: the FLAC cannot be written, or its samples differ.
    """
    target, unfinished = wav.with_suffix(".flac"), wav.with_suffix(".flac.unfinished")
    try:
        _encode(wav, unfinished)
        if not _same_samples(wav, unfinished):
            raise RecordingError(f"{target.name} differs from {wav.name}, which is kept")
        unfinished.replace(target)
        wav.unlink()
    except (OSError, soundfile.LibsndfileError) as error:
        unfinished.unlink(missing_ok=True)
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(f"{wav.name} stays a WAV: {error}") from error
    return target


def left_overs(folder: Path) -> list[Path]:
    """Return the recordings in the folder that are still WAV and that no running process writes."""
    found = []
    for path in sorted(folder.glob("*.wav")):
        try:
            if read_info(path).get("source") == SOURCE and not in_use(path):
                found.append(path)
        except OSError:  # unreadable: not ours to finish
            continue
    return found


def finish_left_overs(folder: Path) -> list[Path]:
    """Turn what a killed or full process left behind into FLAC; return the new files.

    Raises:
        RecordingError: some file could not be finished; all others were.
    """
    finished, problems = [], []
    for wav in left_overs(folder):
        try:
            if repair(wav) == 0:
                wav.unlink()  # killed before its first sample
            else:
                finished.append(to_flac(wav))
        except OSError as error:
            problems.append(str(error))
    if problems:
        raise RecordingError("; ".join(problems))
    return finished


def _encode(wav: Path, target: Path) -> None:
    about = read_info(wav)
    with (
        soundfile.SoundFile(for_library(wav)) as source,
        soundfile.SoundFile(
            for_library(target), "w", source.samplerate, source.channels, "PCM_24", format="FLAC"
        ) as flac,
    ):
        for field in _FIELDS:
            if text := about.get(field):
                setattr(flac, field, text)
        while len(block := source.read(_CHUNK, dtype="int32")):
            flac.write(block)


def _same_samples(one: Path, other: Path) -> bool:
    with soundfile.SoundFile(for_library(one)) as first, soundfile.SoundFile(for_library(other)) as second:
        if (len(first), first.samplerate, first.channels) != (len(second), second.samplerate, second.channels):
            return False
        while len(block := first.read(_CHUNK, dtype="int32")):
            if not np.array_equal(block, second.read(_CHUNK, dtype="int32")):
                return False
    return True
