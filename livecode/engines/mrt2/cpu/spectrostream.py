"""The SpectroStream decoder as two graphs: one frame's RVQ vector in, 40 ms of two channels out.

    embedding (1, 256) -> 1x1 convolutions -> 5 bands x 512 channels -> residual unit -> 7 upsampling stages
    -> 7x7 convolution -> 480 bins x 4 spectra x (real, imaginary) for each channel -> inverse STFT -> 1920 samples

After the first stage the channels are split in two groups with the same weights: left and right. All
convolutions are causal in time: each keeps the last rows it needs of its input, which enter and leave
the graph as ``past_i`` and ``next_i``. Early stages have few rows and most of the weights (28 of 35.7 million), so they
are matrix products with quantised weights; late stages have many rows and most of the work, so they are
convolutions in float32 (`winograd`). Kernels of transposed convolutions are stored flipped on both axes. The chain is
cut after `FIRST_STAGES` stages, so that two threads can share the work of a frame evenly.

Layout: early stages [time, frequency, channels]; later ones [group, time, channels, frequency], in which the rows in
time of one group are neighbours for the Winograd products. Source: ``magenta_rt/mlx/spectrostream`` (Apache-2.0);
SpectroStream, arXiv 2508.05207.
"""

from __future__ import annotations

from math import prod
from typing import Final

import numpy as np

from livecode.engines.mrt2.cpu import winograd
from livecode.engines.mrt2.cpu.blocks import Weights
from livecode.engines.mrt2.cpu.dimensions import CODEC, Dimensions, Stage
from livecode.engines.mrt2.cpu.graph import GraphBuilder
from livecode.engines.mrt2.cpu.quantise import Precision, dense
from livecode.engines.mrt2.stepper import FloatArray

Shape = tuple[int, ...]

GROUPS: Final = 2  # left and right
FIRST_STAGES: Final = 2  # upsampling stages in the first part: side by side, both threads then have as much to do
WINOGRAD_FROM: Final = 3  # the first stage whose convolutions are Winograd's; earlier ones gain nothing from it
OUTPUT_TAPS: Final = 7  # of the last convolution, in time and in frequency


def between(size: Dimensions) -> Shape:
    """Return the shape of what the first part hands to the second: (2, time, channels of a group, bands)."""
    into, time, bands = _before(size, FIRST_STAGES)
    return GROUPS, time, into, bands


def first_part(weights: Weights, size: Dimensions, precision: Precision) -> tuple[bytes, list[Shape]]:
    """Build ``embedding`` (1, 256) to ``between``; also return the shapes of the ``past_i``.

    ``precision`` is that of the early stages.
    """
    decoder = _Decoder("spectrostream_first", weights, size, precision)
    x = decoder.input_layer(decoder.graph.input("embedding", 1, size.embedding))
    x = decoder.residual_unit(x)
    x = decoder.first_stage(x, size.stages[0])
    x = decoder.stages(x, 1, FIRST_STAGES)
    return decoder.finish(x, "between", between(size))


def second_part(weights: Weights, size: Dimensions) -> tuple[bytes, list[Shape]]:
    """Build ``between`` to ``audio`` (2, samples); the last of the states is the overlap of the inverse STFT."""
    decoder = _Decoder("spectrostream_second", weights, size, Precision(32))
    x = decoder.graph.input("between", *between(size))
    x = decoder.stages(x, FIRST_STAGES, len(size.stages))
    into, time, bands = _before(size, len(size.stages))
    audio = decoder.inverse_stft(decoder.output_layer(x, into, time, bands), time, bands)
    return decoder.finish(audio, "audio", (GROUPS, time * bands))


def _before(size: Dimensions, index: int) -> tuple[int, int, int]:
    """Return channels of a group, rows in time and bands of what enters a stage (from 1 on)."""
    time = prod(stage.time for stage in size.stages[:index])
    bands = size.bands * prod(stage.frequency for stage in size.stages[:index])
    channels = size.stages[index - 1].channels
    return (channels // GROUPS if index == 1 else channels), time, bands


def synthesis(bins: int) -> FloatArray:
    """Return the inverse STFT as a matrix (2*bins, 2*bins): real and imaginary parts of a spectrum to a windowed frame.

    The spectrum's top bin (Nyquist) is absent. The window is the Hann window of the analysis, divided by the sum
    of its squares over the overlapping frames (hop = half of a frame), so that analysis and synthesis give identity.
    """
    length = 2 * bins
    unit = np.eye(bins + 1)[:bins]
    real = np.fft.irfft(unit, n=length, axis=1)
    imaginary = np.fft.irfft(1j * unit, n=length, axis=1)
    analysis = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    overlap = np.tile((analysis**2).reshape(2, bins).sum(axis=0), 2)
    window = analysis / overlap
    return np.asarray(np.concatenate([real, imaginary]) * window, np.float32)


class _Decoder:
    """The graph under construction, with the rows that its convolutions keep from frame to frame."""

    def __init__(self, name: str, weights: Weights, size: Dimensions, precision: Precision) -> None:
        self.graph = GraphBuilder(name)
        self._weights, self._size, self._precision = weights, size, precision
        self._pasts: list[Shape] = []
        self._nexts: list[str] = []

    def finish(self, result: str, name: str, shape: Shape) -> tuple[bytes, list[Shape]]:
        """Declare the outputs."""
        self.graph.output(result, name, *shape)
        for index, (value, shape) in enumerate(zip(self._nexts, self._pasts, strict=True)):
            self.graph.output(value, f"next_{index}", *shape)
        return self.graph.build(), self._pasts

    # -- early: [time, frequency, channels], matrix products with quantised weights

    def input_layer(self, embedding: str) -> str:
        """Map (1, embedding) to (1, bands, channels): a 1x1 convolution, plus two with an ELU between them."""
        path = "input_layer/shortcut_layer"
        straight = self._rows_by(embedding, "input_layer/conv1x1_first")
        around = self._rows_by(self._elu(self._rows_by(embedding, f"{path}/conv1x1_b1")), f"{path}/conv1x1_b2")
        both = self.graph.node("Add", straight, around)
        return self.graph.reshape(both, 1, self._size.bands, self._size.channels)

    def residual_unit(self, x: str) -> str:
        """Add two 3x3 convolutions, each after an ELU, to (1, bands, channels)."""
        path, y = "input_layers_residual_unit", x
        for name in ("conv2d_3x3_a", "conv2d_3x3"):
            y = self._early_convolution(self._elu(y), f"{path}/{name}", 1, self._size.channels, self._size.channels)
        return self.graph.node("Add", x, y)

    def first_stage(self, x: str, stage: Stage) -> str:
        """Map (1, bands, channels) to (2, 2, channels of a group, bands): time doubles, then the groups part.

        Each of the two output rows sees the new input row and the one before it, over 3 bands: 6 taps, one product
        of both rows' weights side by side.
        """
        graph, bands, channels, path = self.graph, self._size.bands, self._size.channels, "decoder_0"
        high, wide = stage.kernel
        transposed = f"{path}/conv2dtranspose_{high}x{wide}"
        kernel = self._kernel(transposed)[::-1, ::-1]
        active = self._elu(x)
        rows = self._with_past(active, (1, bands, channels), axis=0, keep=(1, 2))
        rows = graph.node("Pad", rows, graph.integers(0, 1, 0, 0, 1, 0))
        around = [(row, tap) for row in range(2) for tap in range(wide)]
        pieces = [
            graph.part(graph.part(rows, row, row + 1, axis=0), wide - 1 - tap, wide - 1 - tap + bands, axis=1)
            for row, tap in around
        ]
        phases = [
            np.stack([kernel[phase + stage.time - stage.time * row, tap] for row, tap in around])
            for phase in range(stage.time)
        ]
        matrix = np.concatenate([phase.reshape(-1, stage.channels) for phase in phases], axis=1)
        y = graph.reshape(graph.concat(*pieces, axis=2), bands, len(around) * channels)
        y = graph.reshape(dense(graph, y, matrix, self._precision), bands, stage.time, stage.channels)
        y = graph.node("Add", graph.transpose(y, 1, 0, 2), self._bias(transposed))
        y = self._early_convolution(self._elu(y), f"{path}/conv2d_3x3", stage.time, stage.channels, stage.channels)
        straight = self._rows_by(graph.reshape(x, bands, channels), f"{path}/shortcut_layer/conv1x1")
        x = graph.node("Add", y, graph.reshape(straight, 1, bands, stage.channels))
        x = graph.reshape(x, stage.time, bands, GROUPS, stage.channels // GROUPS)
        return graph.transpose(x, 2, 0, 3, 1)

    def _rows_by(self, x: str, path: str) -> str:
        kernel = self._kernel(path)[0, 0]
        return self.graph.node("Add", dense(self.graph, x, kernel, self._precision), self._bias(path))

    def _early_convolution(self, x: str, path: str, time: int, into: int, out: int) -> str:
        """Convolve (time, bands, into) by 3x3 as one matrix product over its 9 shifted copies."""
        graph, bands = self.graph, self._size.bands
        rows = self._with_past(x, (2, bands, into), axis=0, keep=(time, time + 2))
        rows = graph.node("Pad", rows, graph.integers(0, 1, 0, 0, 1, 0))
        pieces = [
            graph.part(graph.part(rows, row, row + time, axis=0), band, band + bands, axis=1)
            for row in range(3)
            for band in range(3)
        ]
        matrix = self._kernel(path).reshape(9 * into, out)
        y = graph.reshape(graph.concat(*pieces, axis=2), time * bands, 9 * into)
        y = graph.node("Add", dense(graph, y, matrix, self._precision), self._bias(path))
        return graph.reshape(y, time, bands, out)

    # -- late: [group, time, channels, frequency], convolutions

    def stages(self, x: str, begin: int, end: int) -> str:
        """Pass through the stages ``begin`` up to ``end`` (not included)."""
        for index in range(begin, end):
            x = self.stage(x, index, self._size.stages[index], *_before(self._size, index))
        return x

    def stage(self, x: str, index: int, stage: Stage, into: int, time: int, bands: int) -> str:
        """Upsample (2, time, into, bands): transposed convolution, 3x3 convolution, and a repeated shortcut."""
        graph, path, out = self.graph, f"decoder_{index}", stage.channels
        high, wide = stage.kernel
        transposed = f"{path}/conv2dtranspose_{high}x{wide}"
        long, tall = time * stage.time, bands * stage.frequency
        before = -(-high // stage.time) - 1  # past rows that the transposed convolution sees
        rows = self._with_past(self._elu(x), (GROUPS, before, into, bands), axis=1, keep=(time, time + before))
        if index >= WINOGRAD_FROM:
            y = self._transposed_by_tiles(rows, transposed, stage, into, bands)
        else:
            y = self._transposed_by_phases(rows, transposed, stage, time, bands)
        rows = self._with_past(self._elu(y), (GROUPS, 2, out, tall), axis=1, keep=(long, long + 2))
        path3 = f"{path}/conv2d_3x3"
        if index >= WINOGRAD_FROM:
            kernel = self._kernel(path3)
            y = self._tile_out(self._tile_convolution(self._tile_in(rows, out, tall), kernel, path3, (1, 1)), out, tall)
        else:
            y = self._convolve(graph.transpose(rows, 0, 2, 1, 3), self._kernel(path3), path3, (1, 1))
            y = graph.transpose(y, 0, 2, 1, 3)
        return graph.node("Add", y, self._shortcut(x, path, stage, into, time, bands))

    def _shortcut(self, x: str, path: str, stage: Stage, into: int, time: int, bands: int) -> str:
        """Repeat every row and band as often as the stage multiplies them, after a 1x1 convolution if sizes differ."""
        graph, out = self.graph, stage.channels
        if into != out:
            x = graph.reshape(x, GROUPS * time, into, 1, bands)
            x = self._convolve(
                x, self._kernel(f"{path}/shortcut_layer/conv1x1"), f"{path}/shortcut_layer/conv1x1", (0, 0)
            )
            x = graph.reshape(x, GROUPS, time, out, bands)
        if stage.time > 1:
            x = self._rows_in_turn([x] * stage.time, out, time, bands)
        return self._bands_in_turn([x] * stage.frequency, out, time * stage.time, bands)

    def _transposed_by_phases(self, rows: str, path: str, stage: Stage, time: int, bands: int) -> str:
        """Convolve once for each phase in time and frequency, and lay the phases in turn."""
        (high, wide), out = stage.kernel, stage.channels
        kernel = self._kernel(path)[::-1, ::-1]
        columns = self.graph.transpose(rows, 0, 2, 1, 3)
        lines = []
        for phase in range(stage.time):
            in_time = winograd.taps(high, stage.time, 0, phase)
            pieces = []
            for tone in range(stage.frequency):
                in_frequency = winograd.taps(wide, stage.frequency, 1, tone)
                part = np.stack([np.stack([kernel[t, f] for _, f in in_frequency]) for _, t in in_time])
                y = self._convolve(columns, part, path, (-in_frequency[0][0], in_frequency[-1][0]))
                pieces.append(self.graph.transpose(y, 0, 2, 1, 3))
            lines.append(self._bands_in_turn(pieces, out, time, bands))
        return self._rows_in_turn(lines, out, time, bands * stage.frequency) if stage.time > 1 else lines[0]

    def _transposed_by_tiles(self, rows: str, path: str, stage: Stage, into: int, bands: int) -> str:
        """Do the same with Winograd's tiles; only frequency has phases here."""
        wide, out = stage.kernel[1], stage.channels
        kernel = self._kernel(path)[::-1, ::-1]
        tile = self._tile_in(rows, into, bands)
        pieces = []
        for tone in range(stage.frequency):
            in_frequency = winograd.taps(wide, stage.frequency, 1, tone)
            part = np.stack([np.stack([kernel[t, f] for _, f in in_frequency]) for t in (2, 1, 0)])  # oldest row first
            pads = -in_frequency[0][0], in_frequency[-1][0]
            pieces.append(self._tile_out(self._tile_convolution(tile, part, path, pads), out, bands))
        return self._bands_in_turn(pieces, out, winograd.TILE_OUT, bands)

    def _tile_in(self, rows: str, channels: int, bands: int) -> str:
        """Transform (2, 6, channels, bands) to components (2, 6*channels, 1, bands)."""
        flat = self.graph.reshape(rows, GROUPS, winograd.TILE_IN, channels * bands)
        components = self.graph.node("MatMul", self.graph.constant(winograd.INPUT), flat)
        return self.graph.reshape(components, GROUPS, winograd.TILE_IN * channels, 1, bands)

    def _tile_convolution(self, tile: str, kernel: FloatArray, path: str, pads: tuple[int, int]) -> str:
        """Convolve each component along frequency with its own transformed kernel (3, wide, in, out)."""
        _, wide, into, out = kernel.shape
        components = winograd.transformed(kernel).transpose(0, 3, 2, 1).reshape(winograd.TILE_IN * out, into, 1, wide)
        bias = np.zeros((winograd.TILE_IN, out), np.float32)
        bias[winograd.BIAS_COMPONENT] = self._weights[f"{CODEC}/{path}/conv/bias"]
        return self.graph.node(
            "Conv",
            tile,
            self.graph.constant(components),
            self.graph.constant(bias.reshape(-1)),
            group=winograd.TILE_IN,
            kernel_shape=[1, wide],
            pads=[0, pads[0], 0, pads[1]],
        )

    def _tile_out(self, components: str, channels: int, bands: int) -> str:
        """Transform components back to rows (2, 4, channels, bands)."""
        flat = self.graph.reshape(components, GROUPS, winograd.TILE_IN, channels * bands)
        rows = self.graph.node("MatMul", self.graph.constant(winograd.OUTPUT), flat)
        return self.graph.reshape(rows, GROUPS, winograd.TILE_OUT, channels, bands)

    # -- the end

    def output_layer(self, x: str, into: int, time: int, bands: int) -> str:
        """Convolve (2, time, into, bands) by 7x7 to (2, time, 2, bands): real and imaginary parts.

        Two output channels would leave most lanes of a vector unit empty. So all 7 taps in time are taken as 14
        channels of a convolution along frequency, on the new rows alone; of earlier rows these 14 products are kept
        in place of their inputs, and shifted sums of them are the result.
        """
        graph, path, taps = self.graph, "output_layer/base_conv_last", OUTPUT_TAPS
        kernel = self._kernel(path).transpose(0, 3, 2, 1).reshape(2 * taps, into, 1, taps)
        side = taps // 2
        y = graph.reshape(self._elu(x), GROUPS * time, into, 1, bands)
        y = graph.node("Conv", y, graph.constant(kernel), kernel_shape=[1, taps], pads=[0, side, 0, side])
        y = graph.reshape(y, GROUPS, time, taps, 2, bands)
        rows = self._with_past(y, (GROUPS, taps - 1, taps, 2, bands), axis=1, keep=(time, time + taps - 1))
        shifted = [
            graph.reshape(
                graph.part(graph.part(rows, tap, tap + time, axis=1), tap, tap + 1, axis=2), GROUPS, time, 2, bands
            )
            for tap in range(taps)
        ]
        bias = self._weights[f"{CODEC}/{path}/conv/bias"].reshape(1, 1, 2, 1)
        return graph.node("Add", graph.node("Sum", *shifted), graph.constant(bias))

    def inverse_stft(self, spectrum: str, time: int, bins: int) -> str:
        """Turn (2, time, 2, bins) into (2, time*bins) samples: each spectrum gives two hops that overlap by one."""
        graph = self.graph
        flat = graph.reshape(spectrum, GROUPS * time, 2 * bins)
        frames = graph.node("MatMul", flat, graph.constant(synthesis(bins)))
        head, tail = graph.nodes("Split", 2, graph.reshape(frames, GROUPS, time, 2 * bins), axis=2, num_outputs=2)
        tails = self._with_past(tail, (GROUPS, 1, bins), axis=1, keep=(time, time + 1))
        audio = graph.node("Add", head, graph.part(tails, 0, time, axis=1))
        return graph.reshape(audio, GROUPS, time * bins)

    # -- what all of them use

    def _with_past(self, x: str, shape: Shape, *, axis: int, keep: tuple[int, int]) -> str:
        """Put the kept rows before ``x``; keep rows ``keep[0]`` up to ``keep[1]`` of the result for the next frame."""
        past = self.graph.input(f"past_{len(self._pasts)}", *shape)
        both = self.graph.concat(past, x, axis=axis)
        self._pasts.append(shape)
        self._nexts.append(self.graph.part(both, *keep, axis=axis))
        return both

    def _elu(self, x: str) -> str:
        """Return x above 0, exp(x) - 1 below; in this form twice as fast as onnxruntime's Elu, and exact."""
        graph = self.graph
        below = graph.node("Exp", graph.node("Clip", x, "", graph.number(0.0)))
        return graph.node("Max", x, graph.node("Sub", below, graph.number(1.0)))

    def _convolve(self, x: str, kernel: FloatArray, path: str, pads: tuple[int, int]) -> str:
        """Convolve [group, channels, time, frequency] by (high, wide, in, out), padded along frequency only."""
        return self.graph.node(
            "Conv",
            x,
            self.graph.constant(kernel.transpose(3, 2, 0, 1)),
            self._bias(path),
            kernel_shape=list(kernel.shape[:2]),
            pads=[0, pads[0], 0, pads[1]],
        )

    def _bands_in_turn(self, pieces: list[str], channels: int, time: int, bands: int) -> str:
        """Interleave pieces (2, time, channels, bands) along frequency."""
        graph = self.graph
        if len(pieces) == 1:
            return pieces[0]
        columns = [graph.reshape(piece, 1, GROUPS * time * channels * bands) for piece in pieces]
        together = graph.transpose(graph.concat(*columns, axis=0), 1, 0)
        return graph.reshape(together, GROUPS, time, channels, bands * len(pieces))

    def _rows_in_turn(self, pieces: list[str], channels: int, time: int, bands: int) -> str:
        """Interleave pieces (2, time, channels, bands) along time."""
        graph = self.graph
        rows = [graph.node("Unsqueeze", piece, graph.integers(2)) for piece in pieces]
        return graph.reshape(graph.concat(*rows, axis=2), GROUPS, time * len(pieces), channels, bands)

    def _kernel(self, path: str) -> FloatArray:
        return self._weights[f"{CODEC}/{path}/conv/kernel"]

    def _bias(self, path: str) -> str:
        return self.graph.constant(self._weights[f"{CODEC}/{path}/conv/bias"])
