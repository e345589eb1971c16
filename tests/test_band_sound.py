"""Every style, rendered once for 24 s, against the judge's limits; `livecode judge` is the full set."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping

import numpy as np
import pytest

from livecode.engines.band.judge.findings import LIMITS, Finding, table
from livecode.engines.band.judge.hearing import Numbers, character
from livecode.engines.band.judge.sounding import log_checks, sound_checks
from livecode.engines.band.judge.takes import WARM_UP, take
from livecode.engines.band.reading import FAMILIES

Heard = dict[str, tuple[list[Finding], Numbers, int]]


def _heard(style: str) -> tuple[list[Finding], Numbers, int]:
    from livecode.engines.band.judge.full import the_band

    one = take(the_band(), {style: 1.0}, 24)
    found = sound_checks(one, style) + [each for each in log_checks(one, style) if each.check != "cpu_mean"]
    return found, character(one.after(WARM_UP), one.tempo), len({event.part for event in one.events})


@pytest.fixture(scope="session")
def heard() -> Mapping[str, tuple[list[Finding], Numbers, int]]:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return dict(zip(FAMILIES, pool.map(_heard, FAMILIES, chunksize=1), strict=True))


CHECKS = ("loudness", "range", "true_peak", "clipped", "crest", "offset", "width", "correlation", "mono_bass", "sub",
          "low", "lo-mid", "hi-mid", "hi", "edges", "grid_ms", "quietest_bar")  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_every_style_is_within_the_limits_of(check: str, heard: Heard) -> None:
    found = [one for findings, _, _ in heard.values() for one in findings if one.check == check]
    assert len(found) == len(FAMILIES) or check == "edges"
    assert [str(one) for one in found if not one.good] == []


def test_no_measure_is_left_out(heard: Heard) -> None:
    assert {one.check for findings, _, _ in heard.values() for one in findings} == set(CHECKS)
    assert set(CHECKS) <= set(LIMITS)


def test_no_two_styles_are_alike(heard: Heard) -> None:
    vectors = np.stack([vector for _, vector, _ in heard.values()])
    vectors = (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-9)
    distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + 99 * np.eye(len(vectors))
    names = list(heard)
    row, column = np.unravel_index(int(np.argmin(distance)), distance.shape)
    assert distance.min() > 0.25 * np.median(distance), (names[row], names[column])


def test_every_style_has_at_least_three_parts(heard: Heard) -> None:
    assert {name: parts for name, (_, _, parts) in heard.items() if parts < 3} == {}


def test_the_table_marks_what_is_outside() -> None:
    text = table([Finding("loudness", "house", -16.0), Finding("loudness", "jazz", -9.0)])
    assert "-16 " in text
    assert "-9*" in text
