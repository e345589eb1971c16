"""Prepare prompts for the band in the worker process: words or a sound file to a Reading."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from livecode.conditioning import Prepared, Prompt
from livecode.engines.band.reading import Reading
from livecode.engines.band.text.encoder import load_encoder
from livecode.engines.band.text.reader import Reader
from livecode.engines.protocol import Preparer

if TYPE_CHECKING:
    from livecode.engines.band.listen.listener import Listener

_REMEMBERED: Final = 512  # prompts


class BandPreparer:
    """Reads prompts; remembers the last texts, so that a prompt that comes back costs nothing."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._readings: OrderedDict[str, Reading] = OrderedDict()

    def __call__(self, prompt: Prompt) -> Prepared:
        """Return ``prompt`` with its Reading; a sound file that cannot be read raises EngineError."""
        if prompt.audio:
            return Prepared(prompt, _listener().listen(prompt.audio))
        return Prepared(prompt, self._read(prompt.text))

    def _read(self, text: str) -> Reading:
        if text in self._readings:
            self._readings.move_to_end(text)
            return self._readings[text]
        reading = self._readings[text] = self._reader.read(text)
        if len(self._readings) > _REMEMBERED:
            self._readings.popitem(last=False)
        return reading


@lru_cache(maxsize=1)
def _listener() -> Listener:
    from livecode.engines.band.listen.listener import Listener  # only a set with sounds pays for it

    return Listener()


@lru_cache(maxsize=1)
def _reader() -> Reader:
    return Reader(load_encoder())


def make_preparer() -> Preparer:
    """Load the encoder and the lexicon; a second and a half and 150 MB, once in a process."""
    return BandPreparer(_reader())
