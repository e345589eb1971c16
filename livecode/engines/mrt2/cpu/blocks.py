"""The blocks of the two transformers, one function each, for one new frame (or one new level) at a time.

Shapes: x is (1, width); h heads of u dimensions. Every block is ``x + post_norm(inner(pre_norm(x)))``. The source of
each is the model's own code (``magenta_rt/mlx/transformer.py``, Apache-2.0) and its checkpoint.

The ring. There are no positions in this model (NoPE), so attention over the past is a sum over a *set* of frames:
their order does not matter. Keys are kept as (h, u, slots) and values as (h, slots, u) in arrays that never move; a
new frame overwrites the slot of the oldest, and an additive mask hides the slots that are not filled yet.

The scale. The model multiplies each query dimension by ``log2(e)/sqrt(u) * softplus(p)``; that is folded into the
columns of the query weights. The attention sink (one learned key and value a head, always seen) is compared with the
*unscaled* query; so its key is divided by the same scale and lies in slot 0 of the ring for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from livecode.engines.mrt2.cpu.graph import GraphBuilder
from livecode.engines.mrt2.cpu.quantise import Precision, dense
from livecode.engines.mrt2.stepper import FloatArray

Weights = Mapping[str, FloatArray]

_LOG2_E: Final = 1.442695041  # as the model's code has it: softplus(0) * log2(e) = 1
_EPSILON: Final = 1e-6
_LEAST: Final = 1e-12  # the sink's key is divided by the scale, which must not be 0
HIDDEN_SLOT: Final = -1e9  # the mask of a slot that is not filled


def query_scale(weights: Weights, path: str) -> FloatArray:
    """Return the factor on each dimension of a query, (u,)."""
    raw = weights[f"{path}/attention/per_dim_scale"].astype(np.float64)
    softplus = np.maximum(np.logaddexp(0.0, raw), _LEAST)  # exp would overflow from 88 on in 32 bits
    return np.asarray(_LOG2_E / np.sqrt(raw.size) * softplus, np.float32)


def sink(weights: Weights, path: str) -> tuple[FloatArray, FloatArray]:
    """Return the key (divided by the query's scale) and the value of the attention sink, (h, u) each."""
    key = weights[f"{path}/attention/sink_key_embeddings"][0] / query_scale(weights, path)
    return key, weights[f"{path}/attention/sink_value_embeddings"][0]


def rms_norm(graph: GraphBuilder, x: str, scale: FloatArray) -> str:
    """Divide x by its root mean square, times a learned scale."""
    return graph.node("SimplifiedLayerNormalization", x, graph.constant(scale), axis=-1, epsilon=_EPSILON)


def layer_norm(graph: GraphBuilder, x: str, scale: FloatArray, bias: FloatArray) -> str:
    """Take x's mean away, divide by its deviation, times a learned scale, plus a learned bias."""
    constants = graph.constant(scale), graph.constant(bias)
    return graph.node("LayerNormalization", x, *constants, axis=-1, epsilon=_EPSILON)


def feed_forward(graph: GraphBuilder, x: str, weights: Weights, path: str, precision: Precision) -> str:
    """Widen, GELU (tanh form), narrow: the position-wise block."""
    h = rms_norm(graph, x, weights[f"{path}/pre_norm/scale"])
    for layer in ("ffn_layer1", "ffn_layer2"):
        h = dense(graph, h, weights[f"{path}/{layer}/kernel"], precision)
        h = graph.node("Add", h, graph.constant(weights[f"{path}/{layer}/bias"]))
        if layer == "ffn_layer1":
            h = graph.node("Gelu", h, approximate="tanh")
    return _residual(graph, x, h, weights, path)


def self_attention(
    graph: GraphBuilder,
    x: str,
    ring: tuple[str, str, str],
    slots: int,
    weights: Weights,
    path: str,
    precision: Precision,
) -> tuple[str, str, str]:
    """Attend to the ring and to the new frame itself.

    The new key and value are handled beside the ring, which would otherwise have to be copied.

    Args:
        ring: keys (h, u, slots) and values (h, slots, u) of the past and the sink, mask (1, 1, 1, slots).

    Returns:
        x (1, width), the new key and the new value (1, h, 1, u), to be written into the ring.
    """
    query_weights = weights[f"{path}/attention/query_projection/kernel"]
    heads, unit = query_weights.shape[1:]
    projections = np.concatenate(
        [
            flat(query_weights * query_scale(weights, path)),
            flat(weights[f"{path}/attention/key_projection/kernel"]),
            flat(weights[f"{path}/attention/value_projection/kernel"]),
        ],
        axis=1,
    )
    keys, values, mask = ring
    h = rms_norm(graph, x, weights[f"{path}/pre_norm/scale"])
    together = graph.reshape(dense(graph, h, projections, precision), 3, heads, 1, unit)
    query, key, value = graph.nodes("Split", 3, together, axis=0, num_outputs=3)
    past = graph.node("Add", graph.node("MatMul", query, keys), mask)
    present = graph.node("ReduceSum", graph.node("Mul", query, key), graph.integers(3), keepdims=1)
    share = graph.node("Softmax", graph.concat(past, present, axis=3), axis=-1)
    past_share, present_share = graph.nodes("Split", 2, share, graph.integers(slots, 1), axis=3)
    context = graph.node("Add", graph.node("MatMul", past_share, values), graph.node("Mul", present_share, value))
    h = dense(graph, graph.reshape(context, 1, heads * unit), output_weights(weights, path), precision)
    return _residual(graph, x, h, weights, path), key, value


def cross_attention(
    graph: GraphBuilder, x: str, ring: tuple[str, str, str], weights: Weights, path: str, precision: Precision
) -> str:
    """Attend to the encoder vectors of the last frames, the present one among them (it is in the ring already)."""
    query_weights = weights[f"{path}/attention/query_projection/kernel"]
    heads, unit = query_weights.shape[1:]
    keys, values, mask = ring
    h = rms_norm(graph, x, weights[f"{path}/pre_norm/scale"])
    query = dense(graph, h, flat(query_weights * query_scale(weights, path)), precision)
    scores = graph.node("MatMul", graph.reshape(query, 1, heads, 1, unit), keys)
    share = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
    context = graph.reshape(graph.node("MatMul", share, values), 1, heads * unit)
    h = dense(graph, context, output_weights(weights, path), precision)
    return _residual(graph, x, h, weights, path)


def flat(kernel: FloatArray) -> FloatArray:
    """Return a projection (inputs, h, u) as a matrix (inputs, h*u)."""
    return kernel.reshape(kernel.shape[0], -1)


def output_weights(weights: Weights, path: str) -> FloatArray:
    """Return the output projection, stored as (width, h, u), as a matrix (h*u, width)."""
    return flat(weights[f"{path}/output_projection/kernel"]).T


def _residual(graph: GraphBuilder, x: str, h: str, weights: Weights, path: str) -> str:
    return graph.node("Add", x, rms_norm(graph, h, weights[f"{path}/post_norm/scale"]))
