"""The depthformer as graphs: what turns the conditioning and the last frame's codes into the next frame's codes.

For one frame the runner calls, in this order:

* ``cross``: the encoder vector's keys and values for all layers of the temporal decoder, in one product;
* ``temporal``: the temporal decoder, which looks back over the frames;
* ``adapter``: its result, narrowed to the depth decoder's width;
* 12 times ``depth`` (the depth decoder, which looks back over the levels of this frame) and ``head_00`` … ``head_11``
  (the logits of one level: only its own 1024 of the vocabulary's 12,294 columns are ever needed).

`tables` are what is looked up rather than multiplied.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from livecode.engines.mrt2.cpu import blocks
from livecode.engines.mrt2.cpu.blocks import Weights
from livecode.engines.mrt2.cpu.dimensions import (
    DEPTH,
    ENCODER_NORM,
    REGULAR_TABLE,
    RESERVED,
    RVQ_TABLE,
    STYLE_ADAPTER,
    STYLE_TABLE,
    TEMPORAL,
    TOKEN_TABLE,
    Dimensions,
)
from livecode.engines.mrt2.cpu.graph import GraphBuilder
from livecode.engines.mrt2.cpu.quantise import Precision, dense
from livecode.engines.mrt2.stepper import CODEBOOKS, FloatArray

SOFT_CAP: Final = 30.0  # logits are 30 tanh(x / 30)


def temporal(weights: Weights, size: Dimensions, precision: Precision) -> bytes:
    """Build the temporal decoder: x (1, width) to y (1, width), and this frame's keys and values.

    Inputs: ``x``; ``self_mask`` (1, 1, 1, window + 1), ``cross_mask`` (1, 1, 1, window + 2); for each layer l the rings
    ``keys_l`` (h, u, window + 1), ``values_l``, ``cross_keys_l`` (h, u, window + 2), ``cross_values_l``.
    Outputs: ``y``; ``new_keys``, ``new_values`` (layers, h, 1, u).
    """
    graph, stack = GraphBuilder("temporal"), size.temporal
    past, seen = size.window + 1, size.window + 2  # slots with the sink; the cross ring holds the present frame too
    x = graph.input("x", 1, stack.width)
    self_mask = graph.input("self_mask", 1, 1, 1, past)
    cross_mask = graph.input("cross_mask", 1, 1, 1, seen)
    new_keys, new_values = [], []
    for layer in range(stack.layers):
        path = f"{TEMPORAL}/x_layers_{layer}"
        keys = graph.input(f"keys_{layer}", stack.heads, stack.unit, past)
        values = graph.input(f"values_{layer}", stack.heads, past, stack.unit)
        ring = keys, values, self_mask
        x, key, value = blocks.self_attention(graph, x, ring, past, weights, f"{path}/self_attention", precision)
        keys = graph.input(f"cross_keys_{layer}", stack.heads, stack.unit, seen)
        values = graph.input(f"cross_values_{layer}", stack.heads, seen, stack.unit)
        ring = keys, values, cross_mask
        x = blocks.cross_attention(graph, x, ring, weights, f"{path}/cross_attention", precision)
        x = blocks.feed_forward(graph, x, weights, f"{path}/ffn", precision)
        new_keys.append(key)
        new_values.append(value)
    graph.output(x, "y", 1, stack.width)
    graph.output(graph.concat(*new_keys, axis=0), "new_keys", stack.layers, stack.heads, 1, stack.unit)
    graph.output(graph.concat(*new_values, axis=0), "new_values", stack.layers, stack.heads, 1, stack.unit)
    return graph.build()


def cross(weights: Weights, size: Dimensions, precision: Precision) -> bytes:
    """Build ``source`` (1, source width) to ``cross`` (2, layers, h, u): keys, then values, of every layer."""
    graph, stack = GraphBuilder("cross"), size.temporal
    source = graph.input("source", 1, size.source)
    projections = [
        blocks.flat(weights[f"{TEMPORAL}/x_layers_{layer}/cross_attention/attention/{name}_projection/kernel"])
        for name in ("key", "value")
        for layer in range(stack.layers)
    ]
    shape = (2, stack.layers, stack.heads, stack.unit)
    both = dense(graph, source, np.concatenate(projections, axis=1), precision)
    graph.output(graph.reshape(both, *shape), "cross", *shape)
    return graph.build()


def adapter(weights: Weights, size: Dimensions, precision: Precision) -> bytes:
    """Build ``x`` (1, temporal width) to ``y`` (1, depth width), without a bias."""
    graph = GraphBuilder("adapter")
    x = graph.input("x", 1, size.temporal.width)
    y = dense(graph, x, weights[f"{DEPTH}/depth_input_adapter/kernel"], precision)
    graph.output(y, "y", 1, size.depth.width)
    return graph.build()


def depth(weights: Weights, size: Dimensions, precision: Precision) -> bytes:
    """Build one step of the depth decoder: x (1, width) to y (1, width), and this level's keys and values.

    One small graph called 12 times keeps its 15 MB in the processor's cache. Inputs: ``x``, ``mask`` (1, 1, 1, 12),
    ``keys_l`` (h, u, 12), ``values_l`` (h, 12, u); outputs ``y``, ``new_keys``, ``new_values`` (layers, h, 1, u).
    """
    graph, stack = GraphBuilder("depth"), size.depth
    x = graph.input("x", 1, stack.width)
    mask = graph.input("mask", 1, 1, 1, CODEBOOKS)
    new_keys, new_values = [], []
    for layer in range(stack.layers):
        path = f"{DEPTH}/transformer/x_layers_{layer}"
        keys = graph.input(f"keys_{layer}", stack.heads, stack.unit, CODEBOOKS)
        values = graph.input(f"values_{layer}", stack.heads, CODEBOOKS, stack.unit)
        ring = keys, values, mask
        x, key, value = blocks.self_attention(graph, x, ring, CODEBOOKS, weights, f"{path}/self_attention", precision)
        x = blocks.feed_forward(graph, x, weights, f"{path}/ffn", precision)
        new_keys.append(key)
        new_values.append(value)
    x = blocks.layer_norm(graph, x, weights[f"{DEPTH}/final_ln/scale"], weights[f"{DEPTH}/final_ln/bias"])
    graph.output(x, "y", 1, stack.width)
    graph.output(graph.concat(*new_keys, axis=0), "new_keys", stack.layers, stack.heads, 1, stack.unit)
    graph.output(graph.concat(*new_values, axis=0), "new_values", stack.layers, stack.heads, 1, stack.unit)
    return graph.build()


def head(weights: Weights, size: Dimensions, precision: Precision, level: int) -> bytes:
    """Build ``x`` (1, depth width) to the soft-capped ``logits`` (1, codes) of one level."""
    graph = GraphBuilder(f"head_{level:02}")
    x = graph.input("x", 1, size.depth.width)
    own = slice(RESERVED + size.codes * level, RESERVED + size.codes * (level + 1))
    logits = dense(graph, x, weights[f"{DEPTH}/to_logits/kernel"][:, own], precision)
    logits = graph.node("Add", logits, graph.constant(weights[f"{DEPTH}/to_logits/bias"][own]))
    logits = graph.node("Tanh", graph.node("Mul", logits, graph.number(1 / SOFT_CAP)))
    graph.output(graph.node("Mul", logits, graph.number(SOFT_CAP)), "logits", 1, size.codes)
    return graph.build()


def tables(weights: Weights, size: Dimensions) -> dict[str, FloatArray]:
    """Return what is looked up: embeddings, norms, sinks and RVQ vectors.

    Two products are done here once and for all, since they are linear: the style adapter after the style embedding,
    and the depth decoder's adapter after the token embedding (so that only level 0 needs the ``adapter`` graph).
    Embeddings are scaled by the square root of the width, as the model does.
    """
    tokens = weights[TOKEN_TABLE] * np.float32(np.sqrt(size.temporal.width))
    found = {
        "style": weights[STYLE_TABLE] @ weights[STYLE_ADAPTER],
        "regular": weights[REGULAR_TABLE],
        "encoder_scale": weights[f"{ENCODER_NORM}/scale"],
        "encoder_bias": weights[f"{ENCODER_NORM}/bias"],
        "tokens": tokens,
        "depth_tokens": tokens @ weights[f"{DEPTH}/depth_input_adapter/kernel"],
        "rvq": weights[RVQ_TABLE][:CODEBOOKS],
    }
    for kind in ("self", "cross"):
        paths = [f"{TEMPORAL}/x_layers_{layer}/{kind}_attention" for layer in range(size.temporal.layers)]
        both = [blocks.sink(weights, path) for path in paths]
        found[f"{kind}_sink_keys"] = np.stack([key for key, _ in both])
        found[f"{kind}_sink_values"] = np.stack([value for _, value in both])
    return {name: np.ascontiguousarray(array, np.float32) for name, array in found.items()}
