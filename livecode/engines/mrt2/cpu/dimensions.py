"""The sizes of Magenta RealTime 2, and the name and shape of every tensor in its checkpoint.

Names are those of the official checkpoint (``checkpoints/mrt2_small.safetensors`` without the prefix ``params/``),
with separate projections; `livecode.engines.mrt2.cpu.checkpoint` brings the other spellings to these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

from livecode.engines.mrt2.stepper import CODEBOOKS, CODES, NOTE_SLOTS, STYLE_SLOTS

Shape = tuple[int, ...]

RESERVED: Final = 6  # ids below the first code of level 0 in the token table; 0 is "start of sequence"
STYLE_ROWS: Final = 1024 + 7  # rows of a style slot: 6 reserved, 1 dropout, 1024 codes
NOTE_ROWS: Final = 11
DRUM_ROWS: Final = 9
GUIDANCE_ROWS: Final = (47, 47, 15)  # style, notes, drums: rows between the starts of the three binned scales
REGULAR_ROWS: Final = 1536  # notes, drums and guidance, padded


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of transformer layers."""

    layers: int
    width: int
    heads: int
    unit: int  # dimensions of a head
    hidden: int  # of the feed-forward block

    @property
    def inner(self) -> int:
        """Width of all heads side by side."""
        return self.heads * self.unit


@dataclass(frozen=True, slots=True)
class Stage:
    """An upsampling stage of the SpectroStream decoder."""

    time: int  # stride along time
    frequency: int  # stride along frequency
    channels: int  # that come out

    @property
    def kernel(self) -> tuple[int, int]:
        """Size of its transposed convolution: (time, frequency)."""
        return max(3, 2 * self.time), max(3, 2 * self.frequency)


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Every size of one model. The defaults are MRT2 small."""

    source: int = 256  # width of the encoder vector
    style: int = 768  # width of a MusicCoCa embedding
    temporal: Stack = Stack(layers=12, width=1024, heads=8, unit=128, hidden=4096)
    depth: Stack = Stack(layers=2, width=768, heads=6, unit=128, hidden=3072)
    window: int = 41  # past frames that attention sees, besides the present one
    codes: int = CODES  # of an RVQ level
    levels: int = 64  # RVQ levels in the checkpoint; the model uses the first 12
    embedding: int = 256  # width of an RVQ vector
    bands: int = 5  # frequency rows where the decoder starts
    channels: int = 512  # where the decoder starts
    stages: tuple[Stage, ...] = (
        Stage(2, 1, 1024),
        Stage(2, 2, 256),
        Stage(1, 2, 256),
        Stage(1, 2, 256),
        Stage(1, 3, 128),
        Stage(1, 2, 128),
        Stage(1, 2, 64),
    )

    @property
    def vocabulary(self) -> int:
        """Rows of the token table: 6 reserved ids and 12 levels of codes."""
        return RESERVED + CODEBOOKS * self.codes

    @property
    def bins(self) -> int:
        """Frequency rows where the decoder ends (480 of the 481 of a spectrum)."""
        rows = self.bands
        for stage in self.stages:
            rows *= stage.frequency
        return rows

    @property
    def rows(self) -> int:
        """Spectra in a frame (4)."""
        count = 1
        for stage in self.stages:
            count *= stage.time
        return count


SMALL: Final = Dimensions()

ENCODER: Final = "depthformer/encoder/body"
STYLE_TABLE: Final = f"{ENCODER}/layers_1/branched_mulan_embedder/mulan_embedder/mulan_dequantizer/embedding"
STYLE_ADAPTER: Final = f"{ENCODER}/layers_1/branched_mulan_embedder/mulan_embedder/depth_input_adapter/kernel"
REGULAR_TABLE: Final = f"{ENCODER}/layers_1/branched_regular_embedder/regular_embedder/embedding"
ENCODER_NORM: Final = f"{ENCODER}/encoder_ln"
TOKEN_TABLE: Final = "depthformer/decoder/decoder_embedding/embedding/embedding"
TEMPORAL: Final = "depthformer/decoder/temporal_body/transformer"
DEPTH: Final = "depthformer/decoder/depth_body"
RVQ_TABLE: Final = "soundstream/quantizer/embedding"
CODEC: Final = "soundstream/decoder"


def shapes(size: Dimensions = SMALL) -> dict[str, Shape]:
    """Return the shape of every tensor the model needs, by name."""
    return dict((*_depthformer(size), *_codec(size), (RVQ_TABLE, (size.levels, size.codes, size.embedding))))


def checkpoint_bytes(size: Dimensions = SMALL) -> int:
    """Return about how large a checkpoint of the model is: its tensors in 32 bits."""
    return sum(4 * prod(shape) for shape in shapes(size).values())


def guidance_starts() -> tuple[int, int, int]:
    """Return the rows of the regular table where the binned guidance scales of style, notes and drums start."""
    style = NOTE_SLOTS * NOTE_ROWS + DRUM_ROWS
    return style, style + GUIDANCE_ROWS[0], style + GUIDANCE_ROWS[0] + GUIDANCE_ROWS[1]


def _depthformer(size: Dimensions) -> Iterator[tuple[str, Shape]]:
    temporal, depth = size.temporal, size.depth
    for layer in range(temporal.layers):
        path = f"{TEMPORAL}/x_layers_{layer}"
        yield from _attention(f"{path}/self_attention", temporal, temporal.width, sinks=True)
        yield from _attention(f"{path}/cross_attention", temporal, size.source, sinks=True)
        yield from _feed_forward(f"{path}/ffn", temporal)
    for layer in range(depth.layers):
        path = f"{DEPTH}/transformer/x_layers_{layer}"
        yield from _attention(f"{path}/self_attention", depth, depth.width, sinks=False)
        yield from _feed_forward(f"{path}/ffn", depth)
    yield f"{DEPTH}/depth_input_adapter/kernel", (temporal.width, depth.width)
    yield f"{DEPTH}/final_ln/scale", (depth.width,)
    yield f"{DEPTH}/final_ln/bias", (depth.width,)
    yield f"{DEPTH}/to_logits/kernel", (depth.width, size.vocabulary)
    yield f"{DEPTH}/to_logits/bias", (size.vocabulary,)
    yield TOKEN_TABLE, (size.vocabulary, temporal.width)
    yield STYLE_TABLE, (STYLE_SLOTS * STYLE_ROWS, size.style)
    yield STYLE_ADAPTER, (size.style, size.source)
    yield REGULAR_TABLE, (REGULAR_ROWS, size.source)
    yield f"{ENCODER_NORM}/scale", (size.source,)
    yield f"{ENCODER_NORM}/bias", (size.source,)


def _attention(path: str, stack: Stack, source: int, *, sinks: bool) -> Iterator[tuple[str, Shape]]:
    yield f"{path}/attention/query_projection/kernel", (stack.width, stack.heads, stack.unit)
    yield f"{path}/attention/key_projection/kernel", (source, stack.heads, stack.unit)
    yield f"{path}/attention/value_projection/kernel", (source, stack.heads, stack.unit)
    yield f"{path}/attention/per_dim_scale", (stack.unit,)
    if sinks:
        yield f"{path}/attention/sink_key_embeddings", (1, stack.heads, stack.unit)
        yield f"{path}/attention/sink_value_embeddings", (1, stack.heads, stack.unit)
    yield f"{path}/output_projection/kernel", (stack.width, stack.heads, stack.unit)
    yield f"{path}/pre_norm/scale", (stack.width,)
    yield f"{path}/post_norm/scale", (stack.width,)


def _feed_forward(path: str, stack: Stack) -> Iterator[tuple[str, Shape]]:
    yield f"{path}/ffn_layer1/kernel", (stack.width, stack.hidden)
    yield f"{path}/ffn_layer1/bias", (stack.hidden,)
    yield f"{path}/ffn_layer2/kernel", (stack.hidden, stack.width)
    yield f"{path}/ffn_layer2/bias", (stack.width,)
    yield f"{path}/pre_norm/scale", (stack.width,)
    yield f"{path}/post_norm/scale", (stack.width,)


def _codec(size: Dimensions) -> Iterator[tuple[str, Shape]]:
    start = size.bands * size.channels
    yield from _convolution("input_layer/conv1x1_first", 1, 1, size.embedding, start)
    yield from _convolution("input_layer/shortcut_layer/conv1x1_b1", 1, 1, size.embedding, start)
    yield from _convolution("input_layer/shortcut_layer/conv1x1_b2", 1, 1, start, start)
    yield from _convolution("input_layers_residual_unit/conv2d_3x3_a", 3, 3, size.channels, size.channels)
    yield from _convolution("input_layers_residual_unit/conv2d_3x3", 3, 3, size.channels, size.channels)
    into = size.channels
    for index, stage in enumerate(size.stages):
        high, wide = stage.kernel
        yield from _convolution(f"decoder_{index}/conv2dtranspose_{high}x{wide}", high, wide, into, stage.channels)
        yield from _convolution(f"decoder_{index}/conv2d_3x3", 3, 3, stage.channels, stage.channels)
        if into != stage.channels:
            yield from _convolution(f"decoder_{index}/shortcut_layer/conv1x1", 1, 1, into, stage.channels)
        into = stage.channels // 2 if index == 0 else stage.channels
    yield from _convolution("output_layer/base_conv_last", 7, 7, into, 2)


def _convolution(path: str, high: int, wide: int, into: int, out: int) -> Iterator[tuple[str, Shape]]:
    yield f"{CODEC}/{path}/conv/kernel", (high, wide, into, out)
    yield f"{CODEC}/{path}/conv/bias", (out,)
