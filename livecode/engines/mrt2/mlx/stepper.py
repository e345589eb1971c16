"""The step on mlx: an official `.mlxfn`, called once a frame, its state kept in mlx.

Arrays and imported functions of mlx belong to the thread that made them, so a stepper does too: whoever opens it
steps it, resets it and closes it, and that should be the main thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode import extras
from livecode.engines.mrt2.mlx.layout import UNIQUE, plain_codes, unique_codes, without_notes, without_style
from livecode.engines.mrt2.models import Model, check_version, written_by
from livecode.engines.mrt2.published import glance
from livecode.engines.mrt2.statefile import Part
from livecode.engines.mrt2.stepper import CODEBOOKS, CONDITION_SLOTS, FloatArray, TokenArray
from livecode.errors import EngineError
from livecode.frames import FRAME_SAMPLES

_WORD: Final = 0xFFFFFFFF
_TIDY_FRAMES: Final = 1500  # a minute: how often mlx's cache of freed arrays is looked at
_MOST_CACHED: Final = 1 << 30  # bytes
_FILE_TYPES: Final = {  # as safetensors calls them
    "bool": "BOOL",
    "bool_": "BOOL",
    "uint8": "U8",
    "uint32": "U32",
    "int32": "I32",
    "int64": "I64",
    "float16": "F16",
    "bfloat16": "BF16",
    "float32": "F32",
}
OTHER_HOME: Final = "mrt2-small has a cpu home, which needs none: --engine mrt2-small:cpu"
_SHAPE: Final = (1, 1, CONDITION_SLOTS)


def import_mlx(what: str = "the mlx home of Magenta RealTime 2") -> Any:
    """Return the module `mlx.core`, or raise MissingExtra, which says that ``what`` needs it."""
    try:
        import mlx.core as mx
    except ImportError as error:
        raise extras.missing(what, "mlx", "mrt2", error, instead=OTHER_HOME) from error
    return mx


class MlxState:
    """A state of the model: the arrays themselves, which never change, so that holding them is free.

    Pickled, it becomes plain numpy: bytes, a type's name and a shape for each array. No operation of mlx runs for
    that, so any thread may pickle it.
    """

    def __init__(self, arrays: list[Any]) -> None:
        self.arrays = arrays

    def __getstate__(self) -> list[tuple[str, tuple[int, ...], bytes]]:
        return [(_type_name(array), tuple(array.shape), memoryview(array).tobytes()) for array in self.arrays]

    def __setstate__(self, packed: list[tuple[str, tuple[int, ...], bytes]]) -> None:
        mx = import_mlx()
        self.arrays = [_unpacked(mx, *parts) for parts in packed]

    def parts(self) -> Iterator[Part]:
        """Yield the arrays as a file has them; no operation of mlx runs for that, so any thread may ask."""
        for array in self.arrays:
            yield _FILE_TYPES[_type_name(array)], tuple(array.shape), memoryview(array).tobytes()

    def signature(self) -> list[tuple[str, tuple[int, ...]]]:
        """Return the type and shape of each array: what makes a state fit a model."""
        return [(_type_name(array), tuple(array.shape)) for array in self.arrays]


def _type_name(array: Any) -> str:
    return str(array.dtype).rpartition(".")[2]


def _unpacked(mx: Any, name: str, shape: tuple[int, ...], data: bytes) -> Any:
    if name == "bfloat16":  # numpy has none: its bits travel as uint16
        return mx.array(np.frombuffer(data, np.uint16).reshape(shape)).view(mx.bfloat16)
    kind: npt.DTypeLike = np.bool_ if name in ("bool", "bool_") else np.dtype(name)
    return mx.array(np.frombuffer(data, kind).reshape(shape))


class MlxStepper:
    """Keeps `Stepper` on mlx, for the published layout (no guidance rows) and for exports with two."""

    home = "mlx"
    delay = 0

    def __init__(self, model: Model, *, compiled: bool = False) -> None:
        mx = import_mlx()
        check_version(written_by(model.step), mx.__version__)
        self._mx = mx
        self._thread = threading.get_ident()
        self._imported = _import_function(mx, model)
        self._factory = _load_state(mx, model.state)
        self._signature = MlxState(self._factory).signature()
        self._key = _find_key(self._factory)
        self._previous = _find_previous(self._factory)
        self._none = mx.zeros((1, 0, CODEBOOKS), mx.int32)
        self._warm = mx.array(0.0)
        self._made = 0  # frames
        self._state = list(self._factory)
        self.cfgs = _guidance_rows(self._factory, self._key)
        self._call: Callable[..., Any] = self._imported
        self.compiled = False
        self.use_compiled(compiled)
        self.forces = self._hears_forced()
        rows = "binned guidance" if not self.cfgs else "real guidance, three rows"
        self.kind = f"mlx {mx.__version__}, {_device(mx)}, {rows}"

    @property
    def on_gpu(self) -> bool:
        """True if mlx works on a GPU here."""
        return _device(self._mx) == "GPU"

    def use_compiled(self, compiled: bool) -> None:
        """Choose whether the imported function is compiled again here: the same numbers, perhaps sooner."""
        imported = self._imported
        if compiled:
            self._call = self._mx.compile(lambda *arguments: imported(list(arguments)))
        else:
            self._call = lambda *arguments: imported(list(arguments))
        self.compiled = compiled

    def step(
        self,
        cond: TokenArray,
        temperature: float,
        top_k: int,
        cfg: tuple[float, float, float],
        forced: TokenArray | None = None,
    ) -> tuple[FloatArray, TokenArray]:
        """Return the next frame and its codes, as `Stepper.step` says."""
        self._own_thread()
        mx = self._mx
        cond = np.ascontiguousarray(cond, np.int32)
        arguments = [
            mx.array(cond.reshape(_SHAPE)),
            mx.array([temperature], mx.float32),
            mx.array([top_k], mx.int32),
            *(mx.array([scale], mx.float32) for scale in cfg),
            mx.array(without_style(cond).reshape(_SHAPE)),
            mx.array(without_notes(cond).reshape(_SHAPE)),
            self._none if forced is None else mx.array(unique_codes(forced).reshape(1, 1, CODEBOOKS)),
        ]
        try:
            out = self._call(*arguments, *self._state)
            mx.eval(out)
        except (ValueError, RuntimeError) as error:
            raise EngineError(f"the model's step failed: {error}") from error
        self._state = list(out[1:])
        self._made += 1
        if self._made % _TIDY_FRAMES == 0 and mx.get_cache_memory() > _MOST_CACHED:
            mx.clear_cache()
        if forced is not None and not self.forces:
            self._write_previous(forced)
        return _sound(np.array(out[0])), self._tokens(forced)

    def reset(self, seed: int) -> None:
        """Go back to the file's own first state with random keys (0, seed), (0, seed + 1) ..., one for each row."""
        self._own_thread()
        self._state = list(self._factory)
        if self._key is None:
            return
        shape = self._factory[self._key].shape
        rows = int(np.prod(shape)) // 2
        keys = np.array([[(seed + row) >> 32 & _WORD, (seed + row) & _WORD] for row in range(rows)], np.uint32)
        self._state[self._key] = self._mx.array(keys.reshape(shape))

    def snapshot(self) -> MlxState:
        """Return the state; free."""
        return MlxState(list(self._state))

    def restore(self, handle: Any) -> None:
        """Take up a state; count, types and shapes must be the model's."""
        self._own_thread()
        if not isinstance(handle, MlxState):
            raise EngineError("this snapshot is not one of the mlx home; the two homes keep their state differently")
        self._state = list(self._fitting(handle).arrays)

    def load(self, path: Path) -> MlxState:
        """Return the state in a file, ours or an official one; its count, types and shapes must be the model's."""
        self._own_thread()
        return self._fitting(MlxState(_load_state(self._mx, path)))

    def _fitting(self, handle: MlxState) -> MlxState:
        if handle.signature() != self._signature:
            raise EngineError(
                f"this snapshot is of another model: {len(handle.arrays)} arrays, here {len(self._factory)}; "
                "a snapshot fits only the model and export that it was taken of"
            )
        return handle

    def keep_warm(self) -> None:
        """Give the GPU a tiny thing to do: an idle one lowers its clock and makes the next frame 8 ms later."""
        self._warm = self._warm + 1.0
        self._mx.eval(self._warm)

    def status(self) -> dict[str, float | int | str]:
        """Return what the performer should know of this home."""
        mx = self._mx
        return {"mlx": mx.__version__, "device": _device(mx), "memory_mb": round(mx.get_active_memory() / 1e6, 1)}

    def close(self) -> None:
        """Let go of function and state."""
        self._state = []
        self._factory = []
        self._call = _closed
        self._imported = _closed

    @property
    def seeded(self) -> bool:
        """True if a random key and the last frame's codes were found in the state: seeds, codes and rewind work."""
        return self._key is not None and self._previous is not None

    @property
    def arrays(self) -> list[Any]:
        """The present state, in the file's order."""
        return list(self._state)

    def _own_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise EngineError("the model belongs to the thread that opened it; step it there")

    def _tokens(self, forced: TokenArray | None) -> TokenArray:
        if forced is not None:
            return np.asarray(forced, np.int32).reshape(CODEBOOKS).copy()
        if self._previous is None:
            return np.full(CODEBOOKS, -1, np.int32)
        return plain_codes(np.array(self._state[self._previous]))

    def _write_previous(self, codes: TokenArray) -> None:
        """Write the frame into its slot: files exported before forcing worked do not do it themselves."""
        if self._previous is None:
            return
        slot = self._factory[self._previous]
        mx = self._mx
        unique = mx.array(unique_codes(codes)).reshape((1,) * (slot.ndim - 1) + (CODEBOOKS,))
        self._state[self._previous] = mx.broadcast_to(unique, slot.shape).astype(slot.dtype)
        mx.eval(self._state[self._previous])

    def hears_negatives(self) -> bool:
        """Step twice from the first state, with other negatives; True if that changes anything: real guidance."""
        mx = self._mx
        cond = mx.array((np.arange(CONDITION_SLOTS) % 4 + 6).astype(np.int32).reshape(_SHAPE))
        scale, none = mx.array([-1.0], mx.float32), self._none  # against what is told: the negatives weigh most
        found = []
        for slot in (6, 9):
            negative = mx.full(_SHAPE, slot, mx.int32)
            first = [cond, mx.array([1.0]), mx.array([50], mx.int32), scale, scale, scale, negative, negative, none]
            out = self._imported([*first, *self._factory])
            mx.eval(out)
            found.append([np.array(part.astype(mx.float32)) for part in out])
        return any((one != other).any() for one, other in zip(*found, strict=True))

    def _hears_forced(self) -> bool:
        """Force a known frame once and look whether the file itself noted it; files before 2.0.3 do not."""
        if self._previous is None:
            return False
        known = np.arange(CODEBOOKS, dtype=np.int32) * 7 + 3
        mx = self._mx
        masked = mx.full(_SHAPE, 6, mx.int32)
        one = mx.array([1.0], mx.float32)
        forced = mx.array((known + UNIQUE).reshape(1, 1, CODEBOOKS))
        try:
            out = self._imported(
                [masked, one, mx.array([1], mx.int32), one, one, one, masked, masked, forced, *self._factory]
            )
            mx.eval(out)
        except (ValueError, RuntimeError) as error:
            raise EngineError(f"this .mlxfn has not the signature of Magenta RealTime 2: {error}") from error
        return bool((plain_codes(np.array(out[1 + self._previous])) == known).all())


def _import_function(mx: Any, model: Model) -> Callable[..., Any]:
    try:
        function: Callable[..., Any] = mx.import_function(str(model.step))
    except (RuntimeError, ValueError, IndexError, MemoryError) as error:
        if "gpu" in str(error):
            raise EngineError(
                f"{model.step.name} was exported on a machine with a GPU that mlx can use, and this one has none; "
                "use --engine mrt2-small on its cpu home"
            ) from error
        differs = glance(model.step).text or glance(model.state).text
        advice = differs or "download or export it again"
        raise EngineError(f"mlx cannot open {model.step.name} ({error}); {advice}") from error
    return function


def _load_state(mx: Any, path: Path) -> list[Any]:
    """Return the arrays of a state file, by the numbers in their names."""
    try:
        stored = mx.load(str(path))
        arrays = [stored[f"state_{index}"] for index in range(len(stored))]
        mx.eval(arrays)
    except KeyError as error:
        raise EngineError(f"{path.name} is no state of a model: it has no {error.args[0]}") from None
    except (RuntimeError, ValueError) as error:
        raise EngineError(f"{path.name} cannot be read ({error}); download it again") from error
    return arrays


def _find_key(state: list[Any]) -> int | None:
    """Return the index of the random key: the only uint32 array that ends in 2; None in a stand-in without."""
    found = [i for i, array in enumerate(state) if _type_name(array) == "uint32" and array.shape[-1:] == (2,)]
    return found[0] if len(found) == 1 else None


def _find_previous(state: list[Any]) -> int | None:
    """Return the index of the frame just drawn: the last array [1, 1, 12] or [1, rows, 1, 12]."""
    shapes = [tuple(array.shape) for array in state]
    found = [
        i
        for i, shape in enumerate(shapes)
        if shape == (1, 1, CODEBOOKS) or (len(shape) == 4 and shape[0] == 1 and shape[2:] == (1, CODEBOOKS))
    ]
    return found[-1] if found else None


def _guidance_rows(state: list[Any], key: int | None) -> int:
    if key is None:
        return 0
    return int(np.prod(state[key].shape)) // 2 - 1


def _device(mx: Any) -> str:
    return "GPU" if "gpu" in str(mx.default_device()) else "CPU"


def _sound(frame: npt.NDArray[Any]) -> FloatArray:
    """Return [1, 2, 1920] int16 or float32 as (1920, 2) float32."""
    stereo = frame.reshape(2, FRAME_SAMPLES).T
    if stereo.dtype == np.int16:
        return np.ascontiguousarray(stereo.astype(np.float32) / 32768.0)
    return np.ascontiguousarray(np.clip(stereo, -1.0, 1.0), np.float32)


def _closed(*arguments: Any) -> Any:
    raise EngineError("the model is closed")
