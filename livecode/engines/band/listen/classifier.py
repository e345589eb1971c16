"""Which style families a sound is like: a linear discriminant on the numbers that were heard.

The data file is made from renders of the band itself by `livecode.engines.band.listen.training`; nothing in it
comes from recordings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band.listen.features import NAMES
from livecode.engines.band.listen.spectrum import BANDS, OCTAVES, Array
from livecode.engines.band.reading import FAMILIES

Indices = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

DATA: Final = "styles.npz"
SHRINK: Final = 0.3  # of the covariance towards its diagonal
EQUALISERS: Final = 5  # shapes of equaliser that must not matter
EQUALISER_DB: Final = 4.0
DISGUISED_PART: Final = 0.3  # of the scatter that is that of styles on other styles' instruments
SPREAD_DB: Final = 3.0  # how far another sound's band spreads may lie from the band's own
WEIGHTS_TEMPERATURE: Final = 9.0  # of the softmax over squared distances: soft, since the prior is soft
CHOSEN: Final = 3  # families that a sound is blended from


@dataclass(frozen=True, slots=True)
class Discriminant:
    """The families' centres in the numbers, where distance counts what tells them apart."""

    mean: Array  # (117,)
    scale: Array  # (117,)
    axes: Array  # (117, k): whitened directions
    centres: Array  # (26, k)
    usual: Array  # (26, 3): each family's tilt, onsets a second (log2 of 1 + them) and share of strokes
    deviations: Array  # (3,): of the same over all families

    def distances(self, numbers: Array) -> Array:
        """Return the squared distance to each family, (26,)."""
        at = ((numbers - self.mean) / self.scale) @ self.axes
        result: Array = ((self.centres - at) ** 2).sum(axis=1)
        return result

    def weights(self, numbers: Array) -> tuple[tuple[str, float], ...]:
        """Return the three likeliest families with weights that sum to 1, heaviest first."""
        distances = self.distances(numbers)
        nearest = np.argsort(distances, kind="stable")[:CHOSEN]
        size = np.exp(-(distances[nearest] - distances[nearest[0]]) / (2 * WEIGHTS_TEMPERATURE))
        return tuple((FAMILIES[index], float(weight)) for index, weight in zip(nearest, size / size.sum(), strict=True))


def fit(numbers: Array, families: Indices, disguised: Flags, measures: Array) -> Discriminant:
    """Return the discriminant of examples: numbers (n, 117), families (n,), whether disguised (n,), measures (n, 3).

    The centres are those of the examples that are not disguised. The scatter round them is shrunk towards its
    diagonal, and gets what a foreign sound may bring: the scatter of the disguised, any smooth equaliser (on the
    band levels and the centre), and other spreads of the bands.
    """
    own = ~disguised
    mean, scale = numbers[own].mean(axis=0), numbers[own].std(axis=0) + 1e-6
    scaled = (numbers - mean) / scale
    count = len(FAMILIES)
    centres = np.stack([scaled[own & (families == index)].mean(axis=0) for index in range(count)])
    rest = scaled - centres[families]
    within = (1 - DISGUISED_PART) * _scatter(rest[own], count) + DISGUISED_PART * _scatter(rest[disguised], count)
    within = (1 - SHRINK) * within + SHRINK * np.diag(np.diag(within) + 0.05)
    for direction in _foreign():
        shift = direction / scale
        within += np.outer(shift, shift)
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(values)
    between = centres @ whiten
    _, sizes, rows = np.linalg.svd(between - between.mean(axis=0), full_matrices=False)
    axes = whiten @ rows[: int((sizes > 1e-6).sum())].T
    usual = np.stack([measures[own & (families == index)].mean(axis=0) for index in range(count)])
    return Discriminant(mean, scale, axes, centres @ axes, usual, measures[own].std(axis=0))


def _scatter(rest: Array, count: int) -> Array:
    result: Array = rest.T @ rest / max(1, len(rest) - count)
    return result


def _foreign() -> list[Array]:
    """Return how the numbers may differ in a sound that another instrument, room or mix made."""
    found: list[Array] = []
    position = (OCTAVES - OCTAVES.mean()) / np.ptp(OCTAVES)
    for order in range(1, EQUALISERS + 1):
        shape = np.zeros(len(NAMES))
        curve = np.cos(np.pi * order * (position + 0.5))
        shape[:BANDS] = EQUALISER_DB * (curve - curve.mean()) / order**0.5
        if order == 1:
            shape[NAMES.index("centre")] = -EQUALISER_DB / 6
        found.append(shape)
    for band in range(BANDS):
        shape = np.zeros(len(NAMES))
        shape[BANDS + band] = SPREAD_DB
        found.append(shape)
    for name, size in (("width", 6.0), ("crest", 3.0), ("dynamics", 1.5), ("flatness", 3.0)):
        shape = np.zeros(len(NAMES))
        shape[NAMES.index(name)] = size
        found.append(shape)
    return found


@lru_cache(maxsize=1)
def discriminant() -> Discriminant:
    """Return the discriminant that comes with the band."""
    with resources.files(__package__).joinpath(DATA).open("rb") as file, np.load(file) as data:
        return Discriminant(**{name: data[name].astype(np.float64) for name in Discriminant.__dataclass_fields__})
