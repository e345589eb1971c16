"""The full set: every check on every style and six morphs, in as many processes as are asked for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from livecode import algebra
from livecode.engines.band.engine import Band
from livecode.engines.band.judge import playing
from livecode.engines.band.judge.findings import Finding
from livecode.engines.band.judge.hearing import Numbers, character
from livecode.engines.band.judge.morphs import MORPHS, morph
from livecode.engines.band.judge.sounding import log_checks, separable, sound_checks
from livecode.engines.band.judge.steady import held_sine
from livecode.engines.band.judge.takes import WARM_UP, Take, take
from livecode.engines.band.listen.features import listen
from livecode.engines.band.listen.sound import sound_of
from livecode.frames import SAMPLE_RATE
from livecode.processes import bare

SECONDS: Final = 24.0
SEEDS: Final = (1, 2, 3, 4, 5)
Heard = list[tuple[str, int, Numbers]]
_bands: list[Band] = []  # one a process


def the_band() -> Band:
    """Return this process's band, opened once."""
    if not _bands:
        _bands.append(Band(1))
    return _bands[0]


def fingerprint(of: Take) -> Numbers:
    """Return all that tells a take's style: the judge's numbers, and those that audio prompts are read by."""
    sound = of.after(WARM_UP)
    heard = listen(sound_of(sound, SAMPLE_RATE)).numbers
    return np.concatenate([character(sound, of.tempo), np.asarray(heard, dtype=np.float64)])


def judge_style(style: str) -> tuple[list[Finding], Heard, list[float]]:
    """Return all of a style's findings, what it sounds like on several seeds, and the times of its steps in ms."""
    band = the_band()
    first = take(band, {style: 1.0}, SECONDS, seed=1)
    found = sound_checks(first, style) + log_checks(first, style)
    found += [*playing.timing(band, style), playing.in_key(band, style)]
    found += playing.solo(band, style) + playing.jam(band, style) + playing.drums(band, style)
    found += playing.temperature(band, style) + playing.seeds(band, style, first) + playing.long(band, style)
    heard = [(style, 1, fingerprint(first))]
    for seed in SEEDS[1:]:
        other = take(band, {style: 1.0}, SECONDS, seed=seed)
        heard.append((style, seed, fingerprint(other)))
    return found, heard, list(first.step_ms[25:])


def judge_morph(pair: tuple[str, str]) -> list[Finding]:
    """Return a morph's findings."""
    return morph(the_band(), *pair)


def judge_all(
    styles: Sequence[str], *, morphs: Sequence[tuple[str, str]] = MORPHS, jobs: int = 1, tell: Callable[[str], object]
) -> tuple[list[Finding], list[str]]:
    """Return the findings of all checks, and sentences about what they do not show; ``tell`` hears of progress."""
    algebra.one_thread_from_here()
    found: list[Finding] = []
    heard: Heard = []
    steps: list[float] = []
    remarks: list[str] = []
    with bare():
        made = multiprocessing.get_context("spawn").Pool(jobs)
    with made as pool:
        for (of_style, sounds, spent), name in zip(pool.imap(judge_style, styles), styles, strict=True):
            tell(name)
            found += of_style
            heard += sounds
            steps += spent
        for of_morph, pair in zip(pool.imap(judge_morph, morphs), morphs, strict=True):
            tell(">".join(pair))
            found += of_morph
        found.append(pool.apply(_steady))
    if steps:
        found.append(Finding("cpu_mean", "all", float(np.mean(steps))))
        found.append(Finding("cpu_p999", "all", float(np.percentile(steps, 99.9))))
    if len(styles) > 1:
        share, wrong = separable(heard)
        found.append(Finding("separable", "all", share))
        remarks += wrong
    return found, remarks


def _steady() -> Finding:
    return held_sine(the_band())
