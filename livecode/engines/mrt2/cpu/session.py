"""A graph bound to the arrays it reads and writes, so that a run copies nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from livecode.engines.mrt2.cpu.runtime import import_runtime
from livecode.errors import EngineError


class Graph:
    """A loaded graph. One thread runs it at a time, with the help of ``threads`` - 1 threads of its own.

    Helpers spin while they wait for work, which makes a frame faster; but they stop when the graph's run ends, else
    those of one graph would spin against those of the next (measured: 28 ms become 200).
    """

    def __init__(self, file: Path | bytes, threads: int = 1) -> None:
        runtime = import_runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        if threads > 1:
            options.add_session_config_entry("session.force_spinning_stop", "1")
        content = str(file) if isinstance(file, Path) else file
        try:
            self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no common class of their own
            raise EngineError(
                f"onnxruntime cannot load {file if isinstance(file, Path) else 'a graph'}: {error}"
            ) from error

    def bind(self, inputs: Mapping[str, npt.NDArray[Any]], outputs: Mapping[str, npt.NDArray[Any]]) -> Bound:
        """Return the graph bound to arrays, which stay where they are and are read and written by every run."""
        return Bound(self._session, inputs, outputs)


class Bound:
    """A graph with its arrays."""

    def __init__(
        self, session: Any, inputs: Mapping[str, npt.NDArray[Any]], outputs: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        self._session = session
        self._binding = session.io_binding()
        self._kept: list[Any] = []  # the binding does not keep the arrays alive
        for name, array in inputs.items():
            self._binding.bind_ortvalue_input(name, self._value(name, array))
        for name, array in outputs.items():
            self._binding.bind_ortvalue_output(name, self._value(name, array))

    def run(self) -> None:
        """Read the inputs' arrays, write the outputs'. Lets other threads run meanwhile."""
        self._session.run_with_iobinding(self._binding)

    def _value(self, name: str, array: npt.NDArray[Any]) -> Any:
        value = import_runtime().OrtValue.ortvalue_from_numpy(array)
        if value.data_ptr() != array.ctypes.data:
            raise EngineError(f"onnxruntime copies {name} in place of sharing its memory")
        self._kept.append((array, value))
        return value
