"""Pictures of sound: a spectrogram with an octave scale, as a PNG, made with numpy and zlib alone."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.protocol import FloatArray
from livecode.frames import SAMPLE_RATE

Pixels = npt.NDArray[np.uint8]
WINDOW: Final = 4096
LOW, HIGH = 30.0, 18_000.0  # Hz
FLOOR_DB: Final = -75.0
# dark blue, violet, red, orange, light yellow: equal steps of lightness
_COLOURS: Final = np.array([(8, 8, 28), (66, 18, 92), (150, 38, 98), (226, 90, 60), (250, 176, 66), (254, 250, 200)])


def picture(sound: FloatArray, columns: int = 900, rows: int = 260) -> Pixels:
    """Return the pixels (rows, columns, 3) of (n, 2) samples; the top is 18 kHz, the bottom 30 Hz."""
    mono = sound.mean(axis=1)
    mono = np.concatenate([np.zeros(WINDOW // 2, np.float32), mono, np.zeros(WINDOW, np.float32)])
    starts = np.linspace(0, len(mono) - WINDOW - 1, columns).astype(int)
    window = np.hanning(WINDOW).astype(np.float32)
    edges = np.geomspace(LOW, HIGH, rows + 1)
    places = edges * WINDOW / SAMPLE_RATE
    levels = np.empty((rows, columns))
    for column, start in enumerate(starts):
        power = np.abs(np.fft.rfft(mono[start : start + WINDOW] * window)) ** 2
        sums = np.concatenate([[0.0], np.cumsum(power)])
        inside = np.interp(places, np.arange(len(sums)), sums)
        levels[:, column] = np.diff(inside) / np.diff(places)
    db = 10 * np.log10(levels + 1e-12)
    db -= db.max()
    shade = np.clip(1 - db / FLOOR_DB, 0, 1)[::-1] * (len(_COLOURS) - 1)
    low = np.minimum(shade.astype(int), len(_COLOURS) - 2)
    part = (shade - low)[..., None]
    return np.asarray(_COLOURS[low] * (1 - part) + _COLOURS[low + 1] * part, dtype=np.uint8)


def png(pixels: Pixels) -> bytes:
    """Return pixels (rows, columns, 3) as a PNG file."""
    rows, columns, _ = pixels.shape

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, columns * 3)], axis=1)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
