"""Sound to codes with the official `spectrostream_encoder.mlxfn`, which hears exactly 28 seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from livecode.engines.mrt2.mlx.stepper import import_mlx
from livecode.engines.mrt2.models import check_version, written_by
from livecode.engines.mrt2.stepper import CODEBOOKS, FloatArray, TokenArray
from livecode.errors import EngineError
from livecode.frames import FRAME_RATE, FRAME_SAMPLES, SAMPLE_RATE

HEARD: Final = 28 * SAMPLE_RATE  # samples
MARGIN: Final = FRAME_RATE  # frames of a second: the first ones, not warm yet, and the last ones, of padding
USABLE: Final = HEARD - MARGIN * FRAME_SAMPLES  # samples of a sound that end before the last second


@dataclass(frozen=True, slots=True)
class SpectroStreamEncoder:
    """Keeps `Encode`. Only the path travels to the process that calls it."""

    path: Path

    def __call__(self, sound: FloatArray) -> TokenArray:
        """Return the codes of the last 27 s at most, without their first second: (frames, 12) int32."""
        mx = import_mlx()
        check_version(written_by(self.path), mx.__version__)
        try:
            encode = mx.import_function(str(self.path))
        except (RuntimeError, ValueError, IndexError, MemoryError) as error:
            raise EngineError(f"mlx cannot open {self.path.name} ({error}); download it again") from error
        last = sound[-USABLE:]
        padded = np.zeros((1, HEARD, 2), np.float32)
        padded[0, : len(last)] = last
        out = encode(mx.array(padded))
        codes = np.array(out[0] if isinstance(out, (tuple, list)) else out)[0]
        return np.asarray(codes[MARGIN : len(last) // FRAME_SAMPLES, :CODEBOOKS], np.int32)
