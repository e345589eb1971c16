"""Runs one `.tflite` file, on one thread, with the package ai-edge-litert."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode import extras
from livecode.engines.mrt2.published import glance
from livecode.errors import EngineError

PACKAGE: Final = "ai-edge-litert"
WITHOUT: Final = "prompts of 12 codes still play: prompt('musiccoca:1,2,...')"


class Interpreter:
    """One model file with its inputs and outputs by number; may be called from any thread, one call at a time."""

    def __init__(self, path: Path, *, whole_numbers: bool = False) -> None:
        """Read a file; its output is the first of floats, or of ``whole_numbers``."""
        try:
            from ai_edge_litert import interpreter as litert
        except ImportError as error:
            raise extras.missing("a prompt for Magenta RealTime 2", PACKAGE, "mrt2", error, instead=WITHOUT) from error
        untyped: Any = litert
        if not path.is_file():
            raise EngineError(f"{path} is missing; livecode models download small fetches the prompt encoders too")
        try:
            self._litert = untyped.Interpreter(model_path=str(path), num_threads=1)
            self._litert.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            advice = glance(path).text or f"a newer {PACKAGE} may read it, or download it again"
            raise EngineError(f"{path} cannot be read ({error}); {advice}") from error
        self._path = path
        self._lock = threading.Lock()
        self._inputs: list[dict[str, Any]] = list(self._litert.get_input_details())
        outputs: list[dict[str, Any]] = list(self._litert.get_output_details())
        fitting = [row for row in outputs if np.issubdtype(row["dtype"], np.integer) == whole_numbers]
        if not fitting:
            raise EngineError(f"{path} gives no {'whole numbers' if whole_numbers else 'floats'}; download it again")
        self._output = fitting[0]

    @property
    def inputs(self) -> list[tuple[str, npt.DTypeLike, tuple[int, ...]]]:
        """Name, type and shape of each input, in the file's order."""
        return [(row["name"], row["dtype"], tuple(int(n) for n in row["shape"])) for row in self._inputs]

    def __call__(self, *values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the output for these inputs, given in the file's order and brought to its shapes.

        The official code goes by that order (`magenta_rt/musiccoca.py`); names are the exporter's affair.
        """
        if len(values) != len(self._inputs):
            raise EngineError(f"{self._path.name} takes {len(self._inputs)} inputs, not {len(values)}")
        with self._lock:
            for row, value in zip(self._inputs, values, strict=True):
                shape = tuple(int(size) for size in row["shape"])
                if value.size != math.prod(shape):
                    raise EngineError(f"{self._path.name} takes {shape} as {row['name']}, not {value.shape}")
                self._litert.set_tensor(row["index"], np.ascontiguousarray(value.reshape(shape), row["dtype"]))
            self._litert.invoke()
            return np.array(self._litert.get_tensor(self._output["index"]))
