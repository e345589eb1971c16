"""Pictures of sound: the waveform over a spectrogram, in one drawing."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.frames import SAMPLE_RATE
from livecode.pattern import svg

WINDOW: Final = 2048  # samples of a spectrum; 43 ms
LOWEST, HIGHEST = 40.0, 16_000.0  # Hz at the bottom and the top
QUIETEST: Final = -84.0  # dB below full scale that is still black
WAVE: Final = 46.0  # pixels

# Black, indigo, teal, amber, cream: every step is lighter than the one before, so it also prints in grey.
_STOPS: Final = np.array([[11, 14, 24], [48, 40, 105], [26, 120, 126], [214, 148, 60], [253, 243, 206]], float)


def sound_drawing(
    samples: npt.NDArray[np.float32], *, title: str, bar_seconds: float = 0.0, width: float = 560, height: float = 96
) -> svg.Drawing:
    """Draw (n, 2) samples: the waveform, and below it 40 Hz to 16 kHz over time, with a line at each bar."""
    columns = int(width)
    shapes = [*_wave(samples, columns)]
    data = base64.b64encode(png(spectrogram(samples, columns, int(height)))).decode()
    place = f"x='0' y='{svg.number(WAVE + 4)}' width='{columns}' height='{svg.number(height)}'"
    shapes.append(f"<image {place} preserveAspectRatio='none' href='data:image/png;base64,{data}'/>")
    seconds = max(len(samples) / SAMPLE_RATE, 1e-9)
    bars = int(seconds / bar_seconds + 1e-6) if bar_seconds else 0
    for bar in range(1, bars):
        x = bar * bar_seconds / seconds * width
        shapes.append(svg.line(x, 0, x, WAVE, opacity=0.3))
    return svg.Drawing(title, width, WAVE + 4 + height, tuple(shapes))


def _wave(samples: npt.NDArray[np.float32], columns: int) -> list[str]:
    """Return the waveform's outline: the highest and lowest sample of each column."""
    middle = WAVE / 2
    edges = np.linspace(0, len(samples), columns + 1).astype(int)
    if len(samples) < columns:
        return [svg.line(0, middle, columns, middle)]
    high = np.maximum.reduceat(samples.max(axis=1), edges[:-1])
    low = np.minimum.reduceat(samples.min(axis=1), edges[:-1])
    outline = [(x, middle - float(value) * middle) for x, value in enumerate(high)]
    outline += [(x, middle - float(value) * middle) for x, value in reversed(list(enumerate(low)))]
    return [svg.polyline(outline, stroke=svg.NOTE, fill=svg.NOTE, width=0.5)]


def spectrogram(samples: npt.NDArray[np.float32], columns: int, rows: int) -> npt.NDArray[np.uint8]:
    """Return a (rows, columns, 3) picture: time to the right, pitch upwards, light where it is loud."""
    mono = np.asarray(samples, dtype=np.float32).mean(axis=1)
    mono = np.pad(mono, WINDOW // 2)  # the first and the last column are around the sound's ends
    starts = np.linspace(0, len(mono) - WINDOW, columns).astype(int)
    window = np.hanning(WINDOW).astype(np.float32)
    blocks = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[starts] * window
    power = np.abs(np.fft.rfft(blocks, axis=1)) ** 2 / (window.sum() / 2) ** 2
    # sum what lies between two rows' frequencies; low rows, finer than a bin, share theirs
    edges = LOWEST * (HIGHEST / LOWEST) ** (np.arange(rows + 1) / rows) * WINDOW / SAMPLE_RATE
    low = np.floor(edges[:-1]).astype(int)
    high = np.maximum(np.ceil(edges[1:]).astype(int), low + 1)
    total = np.concatenate([np.zeros((columns, 1)), np.cumsum(power, axis=1)], axis=1)
    bands = (total[:, high] - total[:, low]).T[::-1]
    level = np.clip((10 * np.log10(bands + 1e-12) - QUIETEST) / -QUIETEST, 0, 1) ** 1.3
    place = level * (len(_STOPS) - 1)
    index = np.minimum(place.astype(int), len(_STOPS) - 2)
    part = (place - index)[..., None]
    colours = _STOPS[index] * (1 - part) + _STOPS[index + 1] * part
    picture: npt.NDArray[np.uint8] = np.round(colours).astype(np.uint8)
    return picture


def png(picture: npt.NDArray[np.uint8]) -> bytes:
    """Return a (rows, columns, 3) picture as a PNG file (ISO/IEC 15948: signature, IHDR, IDAT, IEND)."""
    rows, columns, _ = picture.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)  # 8 bits, RGB, deflate, no interlace
    lines = b"".join(b"\0" + picture[row].tobytes() for row in range(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
