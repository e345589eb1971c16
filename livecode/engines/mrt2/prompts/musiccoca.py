"""MusicCoCa: words or sound to an embedding of 768 numbers, and an embedding to 12 style codes.

The encoders run in the worker process that prepares prompts, the quantiser beside the step. None of them touches mlx.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode import extras
from livecode.engines.mrt2.prompts.interpreter import Interpreter
from livecode.engines.mrt2.stepper import STYLE_SLOTS, FloatArray, TokenArray
from livecode.errors import EngineError

EMBEDDING: Final = 768
TEXT_TOKENS: Final = 128
BEGIN: Final = 1  # the id before every text
CLIP_RATE: Final = 16_000  # samples a second, mono
CLIP_SAMPLES: Final = 160_000  # 10 s
SILENT: Final = 1e-4  # of full scale: what is softer is no sound


class TextEncoder:
    """Words to an embedding, through the mapper into the space of sounds where its file is there."""

    def __init__(self, folder: Path, *, mapped: bool = True) -> None:
        try:
            from sentencepiece import SentencePieceProcessor
        except ImportError as error:
            raise extras.missing("a text prompt for Magenta RealTime 2", "sentencepiece", "mrt2", error) from error
        words = folder / "spm.model"
        if not words.is_file():
            raise EngineError(f"{words} is missing; livecode models download small fetches the prompt encoders too")
        self._words: Any = SentencePieceProcessor(model_file=str(words))
        self._encoder = Interpreter(folder / "text_encoder.tflite")
        mapper = folder / "mapper.tflite"
        self._mapper = Interpreter(mapper) if mapped and mapper.is_file() else None
        # The noise that the official pipeline gives the mapper, the same for every text.
        self._noise = np.random.RandomState(0).randn(1, EMBEDDING).astype(np.float32)

    def tokens(self, text: str) -> tuple[npt.NDArray[np.int32], FloatArray]:
        """Return ids and paddings of a text, [1, 128] each; a padding is 1 where there is no token, else 0."""
        ids = [BEGIN, *self._words.encode(text.lower())[: TEXT_TOKENS - 1]]
        row = np.zeros((1, TEXT_TOKENS), np.int32)
        row[0, : len(ids)] = ids
        paddings = np.ones((1, TEXT_TOKENS), np.float32)
        paddings[0, : len(ids)] = 0.0
        return row, paddings

    def __call__(self, text: str) -> FloatArray:
        """Return the text's embedding, (768,) float32; of length 1 if it went through the mapper."""
        ids, paddings = self.tokens(text)
        # The official code tells these two apart by their types.
        by_kind = [ids if np.issubdtype(kind, np.integer) else paddings for _, kind, _ in self._encoder.inputs]
        embedding = np.asarray(self._encoder(*by_kind), np.float32).reshape(1, EMBEDDING)
        if self._mapper is None:
            return np.asarray(embedding[0], np.float32)
        mapped = np.asarray(self._mapper(embedding, self._noise), np.float32).reshape(EMBEDDING)
        return mapped / np.float32(max(float(np.linalg.norm(mapped)), 1e-12))


class AudioEncoder:
    """A sound to an embedding: the mean over its clips of 10 s, each by how much of it is sound."""

    def __init__(self, folder: Path) -> None:
        self._features = Interpreter(folder / "audio_preprocessor.tflite")
        self._encoder = Interpreter(folder / "music_encoder.tflite")

    def __call__(self, sound: FloatArray, rate: int) -> FloatArray:
        """Return the embedding, (768,) float32, of ``sound``: (samples, channels) or (samples,), at any rate."""
        heard = clips(sound, rate)
        means = [self._encoder(self._features(clip[None])).reshape(EMBEDDING) for clip, _ in heard]
        return np.asarray(np.average(means, axis=0, weights=[filled for _, filled in heard]), np.float32)


def clips(sound: FloatArray, rate: int) -> list[tuple[FloatArray, float]]:
    """Return a sound as mono clips of 10 s at 16 kHz, each with the share of it that is filled, above 0 to 1.

    A short sound is repeated, the last clip of a long one is padded, and counts as much as it holds: the official code
    gives a clip that is mostly padding the weight of a full one. Silence after the sound counts as padding, and a clip
    of nothing but silence is left out.
    """
    import soxr

    mono = sound.mean(axis=1) if sound.ndim == 2 else sound
    mono = np.asarray(soxr.resample(mono, rate, CLIP_RATE, quality="VHQ"), np.float32)
    loud = np.flatnonzero(np.abs(mono) > SILENT)
    if not loud.size:
        raise EngineError("this sound is silent; a prompt needs a sound to be like")
    mono = mono[loud[0] :]
    if len(mono) < CLIP_SAMPLES:
        return [(np.resize(mono, CLIP_SAMPLES), 1.0)]
    missing = -len(mono) % CLIP_SAMPLES
    found = []
    for clip in np.pad(mono, (0, missing)).reshape(-1, CLIP_SAMPLES):
        sounding = np.flatnonzero(np.abs(clip) > SILENT)
        if sounding.size:
            found.append((clip, (int(sounding[-1]) + 1) / CLIP_SAMPLES))
    return found


class Quantiser:
    """An embedding to 12 codes, 0 to 1023, coarse to fine. Its file is read at the first one, or by `load`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "pretrained_vector_quantizer.tflite"
        self._interpreter: Interpreter | None = None

    def load(self) -> Interpreter:
        """Read the file, unless that is done; raise EngineError or MissingExtra if it cannot be."""
        self._interpreter = self._interpreter or Interpreter(self._path, whole_numbers=True)
        return self._interpreter

    def __call__(self, embedding: FloatArray) -> TokenArray:
        """Return (12,) int32."""
        codes = self.load()(embedding.reshape(1, EMBEDDING)).reshape(-1)
        if codes.size < STYLE_SLOTS:
            raise EngineError(f"{self._path} gives {codes.size} codes, not {STYLE_SLOTS}; download it again")
        return codes[:STYLE_SLOTS].astype(np.int32)
