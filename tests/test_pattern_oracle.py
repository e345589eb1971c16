"""Strudel's and Tidal's own events (tests/data), against ours: notation, chains, functions of Tidal's, words of both.

Fragments of one event are joined, numbers compared to nine digits. What differs on purpose is named in KNOWN or, with a
decision, in tests/data/deviations.json.
"""

from __future__ import annotations

import importlib.util
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from livecode.errors import LivecodeError
from livecode.pattern import mini, note

DATA = Path(__file__).parent / "data"

# Cases that count and differ, with the reason.
KNOWN = {
    "c0077": "linger starts anew in each cycle; what was lingering before does not sound into it",
    "c0790": "a pattern of arguments of a stepwise function is read in every cycle, not only in cycle 0",
    "c0819": "a pattern of arguments of a stepwise function is read in every cycle, not only in cycle 0",
    "c0804": "to drop more steps than there are leaves nothing",
}
UNSCORED = {
    case
    for deviation in json.loads((DATA / "deviations.json").read_text())
    if not deviation["scored"]
    for case in deviation["ids"]
}


def _adapter() -> Any:
    spec = importlib.util.spec_from_file_location("oracle_adapter", Path(__file__).parent / "oracle_adapter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ADAPTER = _adapter()


def cases(which: str) -> list[Any]:
    found = json.loads((DATA / f"{which}_cases.json").read_text())["cases"]
    kept = [case for case in found if case["id"] not in UNSCORED and not (which == "chain" and "error" in case)]
    assert len(kept) > 50
    return kept


def plain(value: Any) -> Any:
    """Return a value in the words of the data."""
    if isinstance(value, bool | int | float | Fraction):
        return float(value)
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        if "$frac" in value:
            return float(Fraction(value["$frac"]))
        if "$num" in value:
            return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": 0.0}[value["$num"]]
        if "$undef" in value:
            return None
        return {str(key): plain(part) for key, part in sorted(value.items())}
    return value


def near(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    return bool(one == other)


def events(rows: Any) -> list[tuple[Any, ...]]:
    """Return rows in an order of their own, the fragments of one event joined."""
    found = [(*(None if time is None else Fraction(time) for time in row[:4]), plain(row[4])) for row in rows]
    found.sort(key=lambda row: (row[0] is not None, row[0] or 0, row[1] or 0, rounded(row[4]), row[2]))
    out: list[tuple[Any, ...]] = []
    for row in found:
        if out and row[0] is not None and out[-1][:2] == row[:2] and out[-1][3] == row[2] and near(out[-1][4], row[4]):
            out[-1] = (*out[-1][:3], row[3], row[4])
        else:
            out.append(row)
    return out


def rounded(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if not isinstance(value, float) else f"{value:.6f}"


def agrees(case: Any, pattern: Any) -> bool:
    for query in case["queries"]:
        if "error" in query:
            continue
        wanted = events(query["haps"])
        found = events(ADAPTER.query(pattern, Fraction(query["begin"]), Fraction(query["end"])))
        if len(wanted) != len(found):
            return False
        if not all(one[:4] == other[:4] and near(one[4], other[4]) for one, other in zip(wanted, found, strict=True)):
            return False
    return True


def differing(which: str) -> set[str]:
    found = set()
    for case in cases(which):
        if "error" in case:
            continue
        text = case["code"] if which == "mini" else case["spec"]
        pattern = ADAPTER.mini(text) if isinstance(text, str) else ADAPTER.build(text)
        if not agrees(case, pattern):
            found.add(case["id"])
    return found


def test_every_string_of_notation_means_what_it_means_to_strudel() -> None:
    assert differing("mini") == set()


@pytest.mark.parametrize("case", [case for case in cases("mini") if "error" in case], ids=lambda case: case["code"])
def test_a_string_that_must_be_refused_is_refused_with_a_reason(case: Any) -> None:
    with pytest.raises(LivecodeError) as refusal:
        list(ADAPTER.query(ADAPTER.mini(case["code"]), Fraction(0), Fraction(1)))
    assert len(str(refusal.value)) > 10


def word_cases() -> list[Any]:
    found = json.loads((DATA / "word_cases.json").read_text())["cases"]
    assert len(found) > 100
    return list(found)


@pytest.mark.parametrize("case", word_cases(), ids=lambda case: f"{case['id']}-{case['tag']}")
def test_a_word_does_what_it_does_in_tidal_and_strudel(case: Any) -> None:
    assert agrees(case, ADAPTER.evaluated(case["ours"])), case["ours"]


def test_chains_of_functions_give_strudels_events() -> None:
    found = differing("chain")
    assert found == KNOWN.keys()
    assert len(found) < 0.01 * len(cases("chain"))


def test_functions_of_tidals_give_tidals_events() -> None:
    assert differing("tidal") == set()


TIDAL_NOTATION = json.loads((DATA / "tidal_notation_cases.json").read_text())["cases"]
C4 = 60 - -12  # what Tidal's c4 is here, and there


@pytest.mark.parametrize("case", TIDAL_NOTATION, ids=lambda case: case["code"])
def test_feet_ranges_of_pitches_and_hexadecimals_are_read_as_tidal_reads_them(case: Any) -> None:
    text = case["code"]
    pitched = case["tag"] == "pitch-range"
    assert agrees(case, note(text).fmap(lambda value: value["note"] - C4) if pitched else mini(text))


FAR = 5040 * 64 * 11 * 13 * 17  # cycles: a number that the periods of all these patterns divide
ONCE = ("time", "env_", "fade_", "filterWhen")  # what counts from cycle 0 on, and so does not come round


@pytest.mark.parametrize("which", ["mini", "chain", "tidal", "word"])
def test_what_goes_round_goes_round_before_cycle_0_too(which: str) -> None:
    found = word_cases() if which == "word" else [case for case in cases(which) if "error" not in case]
    for case in found[::10] if which in ("mini", "chain") else found[::2]:
        text = case[{"mini": "code", "word": "ours"}.get(which, "spec")]
        if any(word in str(text) for word in ONCE):
            continue
        read = ADAPTER.evaluated if which == "word" else ADAPTER.mini if isinstance(text, str) else ADAPTER.build
        pattern = read(text)
        before, after = (ADAPTER.query(pattern, Fraction(end - 3), Fraction(end)) for end in (0, FAR))
        moved = [[*(None if time is None else Fraction(time) - FAR for time in row[:4]), row[4]] for row in after]
        here, there = events(before), events(moved)
        assert [row[:4] for row in here] == [row[:4] for row in there], text
        assert all(near(one[4], other[4]) for one, other in zip(here, there, strict=True)), text
