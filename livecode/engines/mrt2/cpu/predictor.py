"""The first half of a step: from what the model is told, and what it remembers, to the 12 codes of the next frame."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecode.engines.mrt2.cpu.blocks import HIDDEN_SLOT
from livecode.engines.mrt2.cpu.convert import Manifest
from livecode.engines.mrt2.cpu.dimensions import (
    NOTE_ROWS,
    RESERVED,
    STYLE_ROWS,
    Dimensions,
    guidance_starts,
)
from livecode.engines.mrt2.cpu.random import Gumbel, Key, branch, key_of, level_keys
from livecode.engines.mrt2.cpu.sampling import draw, log_probability
from livecode.engines.mrt2.cpu.session import Graph
from livecode.engines.mrt2.cpu.state import Layout, State
from livecode.engines.mrt2.parameters import guidance_tokens
from livecode.engines.mrt2.shaping import OFFICIAL, REMEMBERED, Shaping, ban, bias
from livecode.engines.mrt2.stepper import (
    CODEBOOKS,
    CONDITION_SLOTS,
    NOTE_SLOTS,
    STYLE_SLOTS,
    FloatArray,
    TokenArray,
)

_EPSILON: Final = 1e-6
_SINK_SLOTS: Final = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """What one frame is drawn from."""

    cond: TokenArray  # (141,), see `Stepper.step`
    temperature: float
    top_k: int
    cfg: tuple[float, float, float]
    forced: TokenArray | None = None
    shaping: Shaping = OFFICIAL
    budget: float = float("inf")  # seconds after which no further take is begun


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn."""

    tokens: TokenArray  # (12,) int32, -1 for a level that was left out
    takes: int  # versions that were drawn; 0 for a forced frame


def layout(size: Dimensions) -> Layout:
    """Return what the predictor remembers."""
    stack, past, seen = size.temporal, size.window + _SINK_SLOTS, size.window + 1 + _SINK_SLOTS
    return {
        "self_keys": ((stack.layers, stack.heads, stack.unit, past), np.float32),
        "self_values": ((stack.layers, stack.heads, past, stack.unit), np.float32),
        "cross_keys": ((stack.layers, stack.heads, stack.unit, seen), np.float32),
        "cross_values": ((stack.layers, stack.heads, seen, stack.unit), np.float32),
        "self_mask": ((1, 1, 1, past), np.float32),
        "cross_mask": ((1, 1, 1, seen), np.float32),
        "clock": ((1,), np.int64),  # frames since the reset
        "key": ((2,), np.uint32),
        "recent": ((REMEMBERED, CODEBOOKS), np.int32),  # codes, oldest first
        "banned": ((CODEBOOKS, size.codes), np.float32),
    }


class Predictor:
    """The depthformer with its memory in ``state``. One thread at a time."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        state: State,
        *,
        threads: int = 1,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._size, self._state, self._clock = manifest.size, state, clock
        self._tables = {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in manifest.tables}
        self._gumbel = Gumbel(self._size.codes)
        self._style_rows = np.arange(STYLE_SLOTS) * STYLE_ROWS
        self._regular_rows = np.array(
            [*(np.arange(NOTE_SLOTS) * NOTE_ROWS), NOTE_SLOTS * NOTE_ROWS, *guidance_starts()]
        )
        self._level_rows = RESERVED + self._size.codes * np.arange(CODEBOOKS)
        self._load(folder, threads)

    def reset(self, seed: int) -> None:
        """Forget everything; the random key is that of the seed."""
        state = self._state
        for kind in ("self", "cross"):
            state[f"{kind}_keys"][:] = 0.0
            state[f"{kind}_values"][:] = 0.0
            state[f"{kind}_keys"][:, :, :, 0] = self._tables[f"{kind}_sink_keys"]
            state[f"{kind}_values"][:, :, 0] = self._tables[f"{kind}_sink_values"]
            state[f"{kind}_mask"][:] = HIDDEN_SLOT
            state[f"{kind}_mask"][..., 0] = 0.0
        state["clock"][:] = 0
        state["key"][:] = key_of(seed)
        state["recent"][:] = -1
        state["banned"][:] = 0
        self._depth_mask[:] = HIDDEN_SLOT

    def step(self, ask: Ask) -> Drawn:
        """Draw the next frame's codes, or take the forced ones."""
        began = self._clock()
        self._remember_source(self.source(ask.cond, ask.cfg))
        self._x[0] = self._last_frame()
        self._temporal.run()
        self._remember_frame()
        if ask.forced is not None:
            drawn = Drawn(np.array(ask.forced, np.int32), 0)
        else:
            self._adapter.run()
            drawn = self._draw(ask, began)
        recent = self._state["recent"]
        recent[:-1] = recent[1:]
        recent[-1] = drawn.tokens
        return drawn

    def source(self, cond: TokenArray, cfg: tuple[float, float, float]) -> FloatArray:
        """Return the encoder's vector of a conditioning: mean of its two branches, layer norm. (source,) float32."""
        if cond.shape != (CONDITION_SLOTS,):
            raise ValueError(f"a conditioning has {CONDITION_SLOTS} slots, not {cond.shape}")
        tables = self._tables
        style = tables["style"][cond[:STYLE_SLOTS] + self._style_rows].sum(axis=0)
        rest = np.concatenate([cond[STYLE_SLOTS:], guidance_tokens(cfg)]) + self._regular_rows
        vector = (style + tables["regular"][rest].mean(axis=0)) * np.float32(0.5)
        vector = vector - vector.mean()
        vector /= np.sqrt((vector * vector).mean() + np.float32(_EPSILON))
        return np.asarray(vector * tables["encoder_scale"] + tables["encoder_bias"], np.float32)

    def logits(self, tokens: TokenArray) -> FloatArray:
        """Return the soft-capped logits of all levels of the frame just stepped, were its codes ``tokens``.

        (12, codes) float32; for a look at the model's opinion, and for comparing precisions.
        """
        self._adapter.run()
        rows = np.empty((CODEBOOKS, self._size.codes), np.float32)
        self._depth_mask[:] = HIDDEN_SLOT
        for level in range(CODEBOOKS):
            rows[level] = self._level(level)
            self._next_level(level, int(tokens[level]))
        return rows

    # -- inside a frame

    def _draw(self, ask: Ask, began: float) -> Drawn:
        """Draw up to ``takes`` versions of the frame and keep the likeliest."""
        state, shaping = self._state, ask.shaping
        key: Key = int(state["key"][0]), int(state["key"][1])
        keys, following = level_keys(key)
        ban(shaping, state["recent"], state["banned"])
        added = bias(shaping, state["recent"], state["banned"]) if shaping.biased else None
        first = self._depth_in.copy()
        best, score, take, longest = None, -np.inf, 0, 0.0
        while take < shaping.takes:
            start = self._clock()
            if take and start - began + longest > ask.budget:
                break
            noise = self._gumbel.draw(keys if take == 0 else level_keys(branch(key, take))[0])
            self._depth_in[:] = first
            tokens, likelihood = self._one_take(ask, noise, added)
            longest = max(longest, self._clock() - start)
            take += 1
            if best is None or likelihood > score:
                best, score = tokens, likelihood
        assert best is not None
        state["key"][:] = following
        return Drawn(best, take)

    def _one_take(self, ask: Ask, noise: FloatArray, added: FloatArray | None) -> tuple[TokenArray, float]:
        shaping = ask.shaping
        temperatures = shaping.temperatures(ask.temperature)
        tokens = np.full(CODEBOOKS, -1, np.int32)
        likelihood = 0.0
        self._depth_mask[:] = HIDDEN_SLOT
        for level in range(shaping.codebooks):
            logits = self._level(level)
            if added is not None:
                logits = logits + added[level]
            code = draw(logits, noise[level], temperatures[level], ask.top_k)
            if shaping.takes > 1:
                likelihood += log_probability(logits, code)
            tokens[level] = code
            if level + 1 < shaping.codebooks:
                self._next_level(level, code)
        return tokens, likelihood

    def _level(self, level: int) -> FloatArray:
        """Return a level's logits from what lies in ``_depth_in``; the next run overwrites them."""
        self._depth.run()
        self._heads[level].run()
        row: FloatArray = self._logits[0]
        return row

    def _next_level(self, level: int, code: int) -> None:
        """Write the level's key and value into the ring, and its code's embedding in front of the next."""
        self._depth_keys[:, :, :, level] = self._depth_new_keys[:, :, 0]
        self._depth_values[:, :, level] = self._depth_new_values[:, :, 0]
        self._depth_mask[..., level] = 0.0
        self._depth_in[0] = self._tables["depth_tokens"][self._level_rows[level] + max(0, code)]

    def _last_frame(self) -> FloatArray:
        """Return the mean embedding of the last frame's codes; before the first frame, of "start of sequence".

        A level that was left out counts as code 0, as in official exports with fewer codebooks.
        """
        if not self._state["clock"][0]:
            rows = np.zeros(CODEBOOKS, np.int64)
        else:
            rows = self._level_rows + np.maximum(self._state["recent"][-1], 0)
        mean: FloatArray = self._tables["tokens"][rows].mean(axis=0)
        return mean

    def _remember_source(self, source: FloatArray) -> None:
        """Put the present encoder vector into the cross rings: 41 past ones and itself are seen."""
        state = self._state
        self._source[0] = source
        self._cross.run()
        slot = _SINK_SLOTS + int(state["clock"][0]) % (self._size.window + 1)
        state["cross_keys"][:, :, :, slot] = self._cross_new[0]
        state["cross_values"][:, :, slot] = self._cross_new[1]
        state["cross_mask"][..., slot] = 0.0

    def _remember_frame(self) -> None:
        """Put the frame just run into the self rings, for the next 41."""
        state = self._state
        slot = _SINK_SLOTS + int(state["clock"][0]) % self._size.window
        state["self_keys"][:, :, :, slot] = self._new_keys[:, :, 0]
        state["self_values"][:, :, slot] = self._new_values[:, :, 0]
        state["self_mask"][..., slot] = 0.0
        state["clock"][0] += 1

    # -- loading

    def _load(self, folder: Path, threads: int) -> None:
        size, state = self._size, self._state
        temporal, depth = size.temporal, size.depth

        def graph(name: str) -> Graph:
            return Graph(folder / f"{name}.onnx", threads)

        def room(*shape: int) -> FloatArray:
            return np.zeros(shape, np.float32)

        self._source, self._cross_new = room(1, size.source), room(2, temporal.layers, temporal.heads, temporal.unit)
        self._cross = graph("cross").bind({"source": self._source}, {"cross": self._cross_new})

        self._x, temporal_out = room(1, temporal.width), room(1, temporal.width)
        self._new_keys = room(temporal.layers, temporal.heads, 1, temporal.unit)
        self._new_values = room(temporal.layers, temporal.heads, 1, temporal.unit)
        inputs: dict[str, Any] = {"x": self._x, "self_mask": state["self_mask"], "cross_mask": state["cross_mask"]}
        for layer in range(temporal.layers):
            inputs[f"keys_{layer}"] = state["self_keys"][layer]
            inputs[f"values_{layer}"] = state["self_values"][layer]
            inputs[f"cross_keys_{layer}"] = state["cross_keys"][layer]
            inputs[f"cross_values_{layer}"] = state["cross_values"][layer]
        outputs = {"y": temporal_out, "new_keys": self._new_keys, "new_values": self._new_values}
        self._temporal = graph("temporal").bind(inputs, outputs)

        self._depth_in, depth_out = room(1, depth.width), room(1, depth.width)
        self._adapter = graph("adapter").bind({"x": temporal_out}, {"y": self._depth_in})
        self._depth_mask = room(1, 1, 1, CODEBOOKS)
        self._depth_keys = room(depth.layers, depth.heads, depth.unit, CODEBOOKS)
        self._depth_values = room(depth.layers, depth.heads, CODEBOOKS, depth.unit)
        self._depth_new_keys = room(depth.layers, depth.heads, 1, depth.unit)
        self._depth_new_values = room(depth.layers, depth.heads, 1, depth.unit)
        inputs = {"x": self._depth_in, "mask": self._depth_mask}
        for layer in range(depth.layers):
            inputs[f"keys_{layer}"] = self._depth_keys[layer]
            inputs[f"values_{layer}"] = self._depth_values[layer]
        outputs = {"y": depth_out, "new_keys": self._depth_new_keys, "new_values": self._depth_new_values}
        self._depth = graph("depth").bind(inputs, outputs)
        self._logits = room(1, size.codes)
        self._heads = [
            graph(f"head_{level:02}").bind({"x": depth_out}, {"logits": self._logits}) for level in range(CODEBOOKS)
        ]
