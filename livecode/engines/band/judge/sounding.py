"""Checks that one take of a style is enough for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from livecode.engines.band.ensemble import Event
from livecode.engines.band.judge import levels
from livecode.engines.band.judge.findings import Finding
from livecode.engines.band.judge.hearing import Numbers, onsets
from livecode.engines.band.judge.takes import WARM_UP, Take
from livecode.engines.band.styles import find_style
from livecode.engines.protocol import FloatArray
from livecode.frames import SAMPLE_RATE


def sound_checks(take: Take, style: str) -> list[Finding]:
    """Return what is measured on the sound alone: level, peaks, width, balance, clicks, silent bars."""
    sound = take.after(WARM_UP)
    values = {
        "loudness": levels.lufs(sound),
        "range": levels.loudness_range(sound),
        "true_peak": levels.true_peak(sound),
        "clipped": float(np.sum(np.abs(take.sound) >= 0.999) + np.sum(~np.isfinite(take.sound))),
        "crest": levels.crest(sound),
        "offset": levels.offset(sound),
        "width": levels.width(sound),
        "correlation": levels.correlation(sound),
        "mono_bass": levels.correlation(sound, below=120),
        **levels.shares(sound),
        "quietest_bar": quietest_bar(take),
    }
    if not find_style(style).drums.lines:
        values["edges"] = levels.edge_ratio(sound)
    return [Finding(check, style, value) for check, value in values.items()]


def log_checks(take: Take, style: str) -> list[Finding]:
    """Return what is read off the log: that everything sounds where it should."""
    late = [abs(event.sample - _due(take, event.grid)) / SAMPLE_RATE * 1000 for event in take.events]
    strum = find_style(style).chords.strum * 5 + find_style(style).loose
    found = [Finding("grid_ms", style, max(0.0, max(late, default=0.0) - strum))]
    spent = np.array(take.step_ms[int(WARM_UP * 25) :])
    if len(spent):
        found.append(Finding("cpu_mean", style, float(spent.mean())))
    return found


def _due(take: Take, beat: float) -> float:
    return (beat - take.begins[0]) * 60 / take.tempo * SAMPLE_RATE


def quietest_bar(take: Take, beats: float = 4.0) -> float:
    """Return the loudness of the quietest whole bar, in LUFS."""
    bar = beats * 60 / take.tempo
    values = levels.short_term(take.sound, bar, bar)
    return float(values[1:].min()) if len(values) > 1 else float(values.min())


def onset_share(take: Take, style: str) -> float:
    """Return the part of the audio's clear onsets that lie within 10 ms of a grid of sixteenths and triplets, swung.

    The grid is where the log says that notes were meant; what is heard where nothing was meant counts against it.
    """
    sound = take.after(WARM_UP)
    heard = onsets(sound) + WARM_UP * SAMPLE_RATE
    meant = np.array(sorted({round(_due(take, event.grid)) for event in take.events}))
    if len(heard) == 0 or len(meant) == 0:
        return 1.0
    place = np.clip(np.searchsorted(meant, heard), 1, len(meant) - 1)
    distance = np.minimum(np.abs(heard - meant[place - 1]), np.abs(heard - meant[place]))
    allowed = 10 + find_style(style).loose
    return float(np.mean(distance <= allowed / 1000 * SAMPLE_RATE))


def bars_of(
    events: Sequence[Event], beats: float = 4.0, *, pitches: bool = True
) -> dict[int, set[tuple[str, str, int, int]]]:
    """Return what each bar has, by part, sign, pitch (if asked) and place in 48ths of a beat."""
    bars: dict[int, set[tuple[str, str, int, int]]] = {}
    for event in events:
        number = int((event.grid + 1e-6) // beats)
        place = round((event.grid - number * beats) * 48)
        bars.setdefault(number, set()).add((event.part, event.sign, event.pitch if pitches else 0, place))
    return bars


def changes(one: set[tuple[str, str, int, int]], other: set[tuple[str, str, int, int]]) -> float:
    """Return the part of two bars' events that only one of them has."""
    return len(one ^ other) / max(1, len(one | other))


def likeness(take: Take, beats: float = 4.0) -> float:
    """Return how like the most alike pairs of bars are to be taken for a loop: the mean over all pairs of bars."""
    size = int(beats * 60 / take.tempo * SAMPLE_RATE)
    count = len(take.sound) // size
    prints = [_print(take.sound[number * size : (number + 1) * size]) for number in range(1, count)]
    if len(prints) < 2:
        return 0.0
    pairs = [float(np.sum(a * b)) for n, a in enumerate(prints) for b in prints[n + 1 :]]
    return float(np.mean(pairs))


_SLICES: Final = 32


def _print(sound: FloatArray) -> FloatArray:
    """Return a bar as 32 slices of 40 bands of level, about their mean, of length 1."""
    mono = sound.mean(axis=1)
    size = len(mono) // _SLICES
    power = np.abs(np.fft.rfft(mono[: size * _SLICES].reshape(_SLICES, size), axis=1)) ** 2
    places = np.geomspace(1, power.shape[1] - 1, 41)
    sums = np.cumsum(power, axis=1)
    inside = np.stack([np.interp(places, np.arange(power.shape[1]), row) for row in sums])
    logs = np.log(np.diff(inside, axis=1) + 1e-4)
    logs -= logs.mean()
    return np.asarray(logs / (np.sqrt(np.sum(logs**2)) + 1e-12), dtype=np.float32)


def separable(heard: Sequence[tuple[str, int, Numbers]]) -> tuple[float, list[str]]:
    """Return the part of takes (style, seed, `character`) that their own style is nearest to, and the rest.

    Each seed in turn is left out, and judged by the means of the styles on the other seeds; distances are measured by
    how much takes of one style differ there (a linear discriminant, its scatter half shrunk to its diagonal).
    """
    vectors = np.stack([vector for _, _, vector in heard])
    vectors = (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-9)
    names = np.array([style for style, _, _ in heard])
    seeds = np.array([seed for _, seed, _ in heard])
    styles = list(dict.fromkeys(names.tolist()))
    wrong = []
    for seed in dict.fromkeys(seeds.tolist()):
        known = seeds != seed
        means = np.stack([vectors[known & (names == style)].mean(axis=0) for style in styles])
        rest = vectors[known] - means[[styles.index(name) for name in names[known]]]
        scatter = rest.T @ rest / len(rest)
        shrunk = 0.5 * scatter + np.diag(0.5 * np.diag(scatter) + 0.02)
        for number in np.flatnonzero(~known):
            away = means - vectors[number]
            distance = np.einsum("sf,sf->s", away, np.linalg.solve(shrunk, away.T).T)
            best = styles[int(np.argmin(distance))]
            if best != names[number]:
                wrong.append(f"{names[number]} (seed {seed}) sounds like {best}")
    return 1 - len(wrong) / len(names), wrong
