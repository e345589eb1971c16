"""MRT2 small written down again in plain numpy, without a ring, a fold or a tile: what the graphs are compared with.

Everything is computed over whole histories in float64 from the published description of the model: slow, and short
enough to be checked by eye.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from livecode.engines.mrt2.cpu.dimensions import (
    CODEC,
    DEPTH,
    ENCODER_NORM,
    NOTE_ROWS,
    REGULAR_TABLE,
    STYLE_ADAPTER,
    STYLE_ROWS,
    STYLE_TABLE,
    TEMPORAL,
    TOKEN_TABLE,
    Dimensions,
    guidance_starts,
)

Array = npt.NDArray[np.float64]
Weights = Mapping[str, npt.NDArray[np.float32]]


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def rms(x: Array, scale: Array) -> Array:
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-6) * scale


def layer_norm(x: Array, scale: Array, bias: Array) -> Array:
    x = x - x.mean(axis=-1, keepdims=True)
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-6) * scale + bias


def gelu(x: Array) -> Array:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


class Reference:
    """The model, asked a frame at a time."""

    def __init__(self, weights: Weights, size: Dimensions) -> None:
        self.w = {name: np.asarray(tensor, np.float64) for name, tensor in weights.items()}
        self.size = size
        self.sources: list[Array] = []
        self.inputs: list[list[Array]] = [[] for _ in range(size.temporal.layers)]  # of each layer's self-attention
        self.last: npt.NDArray[np.int64] | None = None

    # -- the depthformer

    def attention(self, path: str, x: Array, source: Array, sinks: bool) -> Array:
        """x (width,) attends to the rows of source (n, width)."""
        w = self.w
        pre, post = w[f"{path}/pre_norm/scale"], w[f"{path}/post_norm/scale"]
        query = np.einsum("d,dhu->hu", rms(x, pre), w[f"{path}/attention/query_projection/kernel"])
        keys = np.einsum("nd,dhu->nhu", source, w[f"{path}/attention/key_projection/kernel"])
        values = np.einsum("nd,dhu->nhu", source, w[f"{path}/attention/value_projection/kernel"])
        p = w[f"{path}/attention/per_dim_scale"]
        scale = 1.442695041 / np.sqrt(p.size) * np.logaddexp(0.0, p)
        scores = np.einsum("hu,nhu->hn", query * scale, keys)
        if sinks:
            sink = np.einsum("hu,hu->h", query, w[f"{path}/attention/sink_key_embeddings"][0])
            scores = np.concatenate([sink[:, None], scores], axis=1)
            values = np.concatenate([w[f"{path}/attention/sink_value_embeddings"], values])
        context = np.einsum("hn,nhu->hu", softmax(scores), values)
        out = np.einsum("hu,dhu->d", context, w[f"{path}/output_projection/kernel"])
        return x + rms(out, post)

    def feed_forward(self, path: str, x: Array) -> Array:
        w = self.w
        h = rms(x, w[f"{path}/pre_norm/scale"])
        h = gelu(h @ w[f"{path}/ffn_layer1/kernel"] + w[f"{path}/ffn_layer1/bias"])
        h = h @ w[f"{path}/ffn_layer2/kernel"] + w[f"{path}/ffn_layer2/bias"]
        return x + rms(h, w[f"{path}/post_norm/scale"])

    def self_attention(self, path: str, x: Array, past: list[Array], window: int | None, sinks: bool) -> Array:
        past.append(rms(x, self.w[f"{path}/pre_norm/scale"]))
        seen = past if window is None else past[-window - 1 :]
        return self.attention(path, x, np.stack(seen), sinks)

    def encode(self, cond: npt.NDArray[np.int32], bins: list[int]) -> Array:
        w = self.w
        style = sum(w[STYLE_TABLE][cond[slot] + STYLE_ROWS * slot] for slot in range(12)) @ w[STYLE_ADAPTER]
        rows = [NOTE_ROWS * note + cond[12 + note] for note in range(128)]
        rows += [NOTE_ROWS * 128 + cond[140]]
        rows += [start + token for start, token in zip(guidance_starts(), bins, strict=True)]
        regular = w[REGULAR_TABLE][rows].mean(axis=0)
        return layer_norm((style + regular) / 2, w[f"{ENCODER_NORM}/scale"], w[f"{ENCODER_NORM}/bias"])

    def frame(self, cond: npt.NDArray[np.int32], bins: list[int], codes: npt.NDArray[np.int32]) -> Array:
        """Return the (12, codes) logits of the next frame, were its codes these."""
        w, size = self.w, self.size
        self.sources.append(self.encode(cond, bins))
        rows = [0] * 12 if self.last is None else [6 + size.codes * q + int(self.last[q]) for q in range(12)]
        x = (w[TOKEN_TABLE][rows] * np.sqrt(size.temporal.width)).mean(axis=0)
        for layer in range(size.temporal.layers):
            path = f"{TEMPORAL}/x_layers_{layer}"
            x = self.self_attention(f"{path}/self_attention", x, self.inputs[layer], size.window, True)
            x = self.attention(f"{path}/cross_attention", x, np.stack(self.sources[-size.window - 1 :]), True)
            x = self.feed_forward(f"{path}/ffn", x)
        self.last = codes.astype(np.int64)
        pasts: list[list[Array]] = [[] for _ in range(size.depth.layers)]
        logits = np.zeros((12, size.codes))
        for level in range(12):
            y = x @ w[f"{DEPTH}/depth_input_adapter/kernel"]
            for layer in range(size.depth.layers):
                path = f"{DEPTH}/transformer/x_layers_{layer}"
                y = self.self_attention(f"{path}/self_attention", y, pasts[layer], None, False)
                y = self.feed_forward(f"{path}/ffn", y)
            y = layer_norm(y, w[f"{DEPTH}/final_ln/scale"], w[f"{DEPTH}/final_ln/bias"])
            all_logits = y @ w[f"{DEPTH}/to_logits/kernel"] + w[f"{DEPTH}/to_logits/bias"]
            own = slice(6 + size.codes * level, 6 + size.codes * (level + 1))
            logits[level] = 30 * np.tanh(all_logits[own] / 30)
            x = w[TOKEN_TABLE][6 + size.codes * level + int(codes[level])] * np.sqrt(size.temporal.width)
        return logits


class ReferenceCodec:
    """The SpectroStream decoder over a whole take at once: arrays are (time, frequency, channels)."""

    def __init__(self, weights: Weights, size: Dimensions) -> None:
        self.w = {name: np.asarray(tensor, np.float64) for name, tensor in weights.items()}
        self.size = size

    def decode(self, vectors: Array) -> Array:
        """(frames, embedding) -> (samples, 2)."""
        size = self.size
        x = vectors[:, None, :]
        straight = self.convolve(x, "input_layer/conv1x1_first")
        around = self.convolve(x, "input_layer/shortcut_layer/conv1x1_b1")
        around = self.convolve(elu(around), "input_layer/shortcut_layer/conv1x1_b2")
        x = (straight + around).reshape(len(vectors), size.bands, size.channels)
        y = x
        for name in ("conv2d_3x3_a", "conv2d_3x3"):
            y = self.convolve(elu(y), f"input_layers_residual_unit/{name}")
        x = x + y
        x = self.stage(x, 0)
        half = x.shape[-1] // 2
        spectra = []
        for channel in range(2):
            y = x[:, :, channel * half : (channel + 1) * half]
            for index in range(1, len(size.stages)):
                y = self.stage(y, index)
            y = self.convolve(elu(y), "output_layer/base_conv_last")
            spectra.append(y[:, :, 0] + 1j * y[:, :, 1])
        return np.stack([self.inverse_stft(spectrum) for spectrum in spectra], axis=1)

    def convolve(self, x: Array, path: str) -> Array:
        """Causal in time, centred in frequency."""
        kernel, bias = self.w[f"{CODEC}/{path}/conv/kernel"], self.w[f"{CODEC}/{path}/conv/bias"]
        high, wide = kernel.shape[:2]
        time, bands, _ = x.shape
        side = wide // 2
        padded = np.pad(x, ((high - 1, 0), (side, side), (0, 0)))
        out = np.zeros((time, bands, kernel.shape[3])) + bias
        for t in range(high):
            for f in range(wide):
                out += padded[t : t + time, f : f + bands] @ kernel[t, f]
        return out

    def transposed(self, x: Array, path: str, stride: tuple[int, int]) -> Array:
        """Spread every input over the kernel, add up, cut to the causal part in time and to the middle in frequency."""
        kernel, bias = self.w[f"{CODEC}/{path}/conv/kernel"][::-1, ::-1], self.w[f"{CODEC}/{path}/conv/bias"]
        high, wide = kernel.shape[:2]
        time, bands, _ = x.shape
        full = np.zeros((time * stride[0] + high, bands * stride[1] + wide, kernel.shape[3]))
        for t in range(time):
            for f in range(bands):
                full[t * stride[0] : t * stride[0] + high, f * stride[1] : f * stride[1] + wide] += np.einsum(
                    "i,twio->two", x[t, f], kernel
                )
        return full[: time * stride[0], 1 : 1 + bands * stride[1]] + bias

    def stage(self, x: Array, index: int) -> Array:
        stage, path = self.size.stages[index], f"decoder_{index}"
        high, wide = stage.kernel
        y = self.transposed(elu(x), f"{path}/conv2dtranspose_{high}x{wide}", (stage.time, stage.frequency))
        y = self.convolve(elu(y), f"{path}/conv2d_3x3")
        if f"{CODEC}/{path}/shortcut_layer/conv1x1/conv/kernel" in self.w:
            x = self.convolve(x, f"{path}/shortcut_layer/conv1x1")
        return y + x.repeat(stage.time, axis=0).repeat(stage.frequency, axis=1)

    def inverse_stft(self, spectrum: npt.NDArray[np.complex128]) -> Array:
        """Hann, hop of half a window: each frame is windowed again and divided by the sum of the squared windows."""
        rows, bins = spectrum.shape
        window = np.hanning(2 * bins + 1)[:-1]
        out = np.zeros((rows + 1) * bins)
        norm = np.tile((window**2).reshape(2, bins).sum(axis=0), 2)
        for row in range(rows):
            frame = np.fft.irfft(np.append(spectrum[row], 0), n=2 * bins)
            out[row * bins : row * bins + 2 * bins] += frame * window / norm
        return out[: rows * bins]
