"""Drawing one code from a level's logits, as the model's own code does it."""

from __future__ import annotations

import numpy as np

from livecode.engines.mrt2.stepper import FloatArray


def draw(logits: FloatArray, noise: FloatArray, temperature: float, top_k: int) -> int:
    """Return the code with the largest ``logits + temperature * noise`` among the ``top_k`` likeliest.

    With Gumbel noise this draws from softmax(logits / temperature). Codes as likely as the k-th stay, too. A
    temperature of 0 gives the likeliest.

    Args:
        logits: (codes,) float32.
        noise: (codes,) float32, Gumbel.
    """
    if temperature <= 0:
        return int(np.argmax(logits))
    codes = logits.size
    drawn = logits + noise * np.float32(temperature)
    if top_k < codes:
        least = np.partition(logits, codes - max(1, top_k))[codes - max(1, top_k)]
        drawn[logits < least] = -np.inf
    return int(np.argmax(drawn))


def log_probability(logits: FloatArray, code: int) -> float:
    """Return the natural logarithm of the probability that softmax(logits) gives a code."""
    peak = float(logits.max())
    return float(logits[code]) - peak - float(np.log(np.exp(logits - peak).sum()))
