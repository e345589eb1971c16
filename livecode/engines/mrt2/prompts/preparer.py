"""Prepares prompts for the model, in the worker process: text, sound files, raw codes, centroids of a corpus."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode import extras
from livecode.conditioning import Prepared, Prompt
from livecode.engines.mrt2.prompts.musiccoca import EMBEDDING, AudioEncoder, Quantiser, TextEncoder
from livecode.engines.mrt2.prompts.stand_in import embed_file, embed_letters
from livecode.engines.mrt2.stepper import CODES, STYLE_SLOTS, FloatArray, TokenArray
from livecode.errors import EngineError, nearest
from livecode.home import for_library

RAW: Final = "musiccoca:"  # before 12 numbers: a prompt given by its codes
REMEMBERED: Final = 256  # texts whose embeddings are kept
CORPUS: Final = "corpus.safetensors"

Value = FloatArray | TokenArray  # what Prepared.value holds: (768,) float32, an embedding, or (12,) int32, codes


class MusicCocaPreparer:
    """Keeps `Preparer` with MusicCoCa. Encoders are loaded at the first prompt that needs them."""

    def __init__(self, encoders: Path, model_folder: Path) -> None:
        self._encoders, self._model_folder = encoders, model_folder
        self._text: TextEncoder | None = None
        self._audio: AudioEncoder | None = None
        self._known: OrderedDict[str, Value] = OrderedDict()

    def __call__(self, prompt: Prompt) -> Prepared:
        """Return the prompt with its embedding or its codes."""
        if prompt.audio:
            return Prepared(prompt, self._sound(Path(prompt.audio).expanduser()))
        text = prompt.text.strip()
        if text.startswith(RAW):
            return Prepared(prompt, raw_codes(text))
        if text.startswith(":"):
            Quantiser(self._encoders).load()  # what would fail in the step is said here
            return Prepared(prompt, centroid(self._model_folder / CORPUS, text[1:]))
        return Prepared(prompt, self._words(text))

    def _words(self, text: str) -> Value:
        key = text.lower()
        if key not in self._known:
            self._text = self._text or TextEncoder(self._encoders)
            self._known[key] = self._text(text)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

    def _sound(self, path: Path) -> Value:
        sound, rate = read_sound(path)
        self._audio = self._audio or AudioEncoder(self._encoders)
        return self._audio(sound, rate)


class StandInPreparer:
    """Keeps `Preparer` beside a fixture: by letters, not by meaning."""

    def __call__(self, prompt: Prompt) -> Prepared:
        """Return the prompt with an embedding or its codes."""
        if prompt.audio:
            path = Path(prompt.audio).expanduser()
            read_sound(path)
            return Prepared(prompt, embed_file(path))
        text = prompt.text.strip()
        return Prepared(prompt, raw_codes(text) if text.startswith(RAW) else embed_letters(text))


def raw_codes(text: str) -> TokenArray:
    """Return the codes of ``musiccoca:1,2,...``: exactly 12 whole numbers from 0 to 1023 (-1 masks a level)."""
    parts = [part.strip() for part in text.removeprefix(RAW).split(",")]
    if len(parts) != STYLE_SLOTS or not all(re.fullmatch(r"-?\d+", part) for part in parts):
        raise EngineError(f"{text!r} is not {RAW} and 12 whole numbers with commas between")
    codes = np.array([int(part) for part in parts], np.int64)
    if codes.min() < -1 or codes.max() >= CODES:
        raise EngineError(f"{text!r} has a code outside 0 to {CODES - 1}")
    return codes.astype(np.int32)


def centroid(corpus: Path, name: str) -> FloatArray:
    """Return the embedding that a corpus beside the model has under ``name``, (768,) float32."""
    if not corpus.is_file():
        raise EngineError(f"':{name}' names a place in a corpus, and this model has none ({corpus} is missing)")
    arrays = _load_arrays()(str(corpus))
    own = {key.lower(): value for key, value in arrays.items() if not re.fullmatch(r"component_\d+", key)}
    own.pop("explained_variance", None)
    if name.lower() not in own:
        raise EngineError(f"the corpus has no {name!r}{nearest(name.lower(), own)} (it has: {', '.join(sorted(own))})")
    return own[name.lower()].reshape(EMBEDDING).astype(np.float32)


def _load_arrays() -> Callable[[str], dict[str, npt.NDArray[Any]]]:
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise extras.missing("a corpus of Magenta RealTime 2", "safetensors", "mrt2", error) from error
    return load_file


def read_sound(path: Path) -> tuple[FloatArray, int]:
    """Return a sound file as (samples, channels) float32 with its rate, or raise EngineError."""
    import soundfile

    try:
        sound, rate = soundfile.read(for_library(path), dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise EngineError(f"the sound {path} cannot be read: {error}") from error
    if not len(sound):
        raise EngineError(f"the sound {path} is empty")
    return np.asarray(sound, np.float32), int(rate)
