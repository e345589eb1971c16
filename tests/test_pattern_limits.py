"""Every number that a function of patterns takes has its limits: inside them it is played, outside it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pattern_golden import NAMESPACE, shown

from livecode.errors import LivecodeError, PatternError
from livecode.pattern import (
    Pattern,
    add,
    binary,
    binary_l,
    binary_n,
    binary_nl,
    jump_mod,
    markov_pat,
    mini,
    necklace,
    note,
    perm_step,
    rand_l,
    randrun,
    rev,
    run,
    run_markov,
    sound,
)

MOST = 10_000  # where a function has no limit of its own
CHANCES = [[0.5, 0.5], [0.5, 0.5]]

# name, how it is called with a number, and the least and the greatest that it takes (None: as far down as up)
WHOLE: list[tuple[str, Callable[[int], Any], int | None, int]] = [
    ("every", lambda v: mini("a").every(v, rev), 1, MOST),
    ("whenmod", lambda v: mini("a").whenmod(v, 1, rev), 1, MOST),
    ("chunk_into", lambda v: mini("a").chunk_into(v, rev), 1, 1024),
    ("chunk_back_into", lambda v: mini("a").chunk_back_into(v, rev), 1, 1024),
    ("apply_n", lambda v: mini("a").apply_n(v, add(1)), 0, 256),
    ("soak", lambda v: mini("a").soak(v, rev), 1, 64),
    ("snowball", lambda v: mini("1").snowball(v, lambda one, other: other, rev), 1, 64),
    ("stripe", lambda v: mini("a").stripe(v), 1, 64),
    ("slowstripe", lambda v: mini("a").slowstripe(v), 1, 64),
    ("stutter", lambda v: mini("a").stutter(v, 0.01), 1, 64),
    ("echo", lambda v: note("c").echo(v, 0.01, 0.9), 1, 64),
    ("echo_with", lambda v: mini("a").echo_with(v, 0.01, rev), 1, 64),
    ("degrade_over_by", lambda v: mini("a").degrade_over_by(v, 0), 1, MOST),
    ("reroll", lambda v: mini("a").reroll(v), None, MOST),
    ("iter", lambda v: mini("a").iter(v), 1, 1024),
    ("iter_back", lambda v: mini("a").iter_back(v), 1, 1024),
    ("ply_with", lambda v: mini("0").ply_with(v, lambda p: p), 1, 1024),
    ("ply_for_each", lambda v: mini("0").ply_for_each(v, lambda p, i: p), 1, 1024),
    ("bite", lambda v: mini("0").bite(v, "0"), 1, 1024),
    ("chew", lambda v: mini("0").chew(v, "0"), 1, 1024),
    ("shuffle", lambda v: mini("0").shuffle(v), 1, 1024),
    ("scramble", lambda v: mini("0").scramble(v), 1, 1024),
    ("rot", lambda v: mini("0").rot(v), None, MOST),
    ("rand_l", rand_l, 1, 1024),
    ("run", run, 0, 1024),
    ("randrun", randrun, 0, 1024),
    ("binary", binary, 0, 2**63),
    ("binary_n", lambda v: binary_n(v, 2), 0, 2**63),
    ("binary_n", lambda v: binary_n(5, v), 1, 1024),
    ("binary_l", binary_l, 0, 2**63),
    ("binary_nl", lambda v: binary_nl(v, 2), 0, 2**63),
    ("binary_nl", lambda v: binary_nl(5, v), 1, 1024),
    ("chop", lambda v: sound("bd").chop(v), 1, 1024),
    ("striate", lambda v: sound("bd").striate(v), 1, 1024),
    ("striate_by", lambda v: sound("bd").striate_by(v, 0.1), 1, 1024),
    ("gap", lambda v: sound("bd").gap(v), 1, 1024),
    ("randslice", lambda v: sound("bd").randslice(v), 1, 1024),
    ("slice", lambda v: sound("bd").slice(v, "0"), 1, 1024),
    ("splice", lambda v: sound("bd").splice(v, "0"), 1, 1024),
    ("replicate", lambda v: mini("a").replicate(v), 1, 1024),
    ("spin", lambda v: note("c").spin(v), 1, 64),
    ("timeline", lambda v: mini("a").timeline(v), None, MOST),
    ("jump_mod", lambda v: jump_mod(v, "b"), 1, MOST),
    ("repeat_cycles", lambda v: mini("a").repeat_cycles(v), 1, MOST),
    ("markov_pat", lambda v: markov_pat(v, 0, CHANCES), 1, 1024),
    ("run_markov", lambda v: run_markov(v, CHANCES, 0, 1), 1, 10_000),
    ("necklace", lambda v: necklace(8, [v]), 1, 1024),
    ("perm_step", lambda v: perm_step(v, ["a", "b"], 0), 2, 24),
    ("draw_line", lambda v: mini("a").draw_line(v), 1, 1000),
    ("deconstruct", lambda v: mini("a").deconstruct(v), 1, 1000),
]

# Calls at and just beyond what their functions take: what is played in cycle 0 (its values, and when where they are not
# side by side), or the sentence that refuses it. Every row was read by a person.
LIMITS = json.loads((Path(__file__).parent / "data" / "limits.json").read_text(encoding="utf-8"))


def answer(expression: str) -> str:
    """Return what an expression plays in cycle 0, as text."""
    found = eval(expression, dict(NAMESPACE))
    if not isinstance(found, Pattern):
        return repr(found).splitlines()[0]
    return "; ".join(
        f"{event.part.begin}..{event.part.end}{'' if event.onset else '-'} {shown(event.value)}"
        for event in sorted(found.query(0, 1, seed=7), key=lambda event: (event.part.begin, shown(event.value)))
    )


@pytest.mark.parametrize("expression", LIMITS["played"])
def test_what_lies_just_inside_is_played(expression: str) -> None:
    assert answer(expression) == LIMITS["played"][expression]


@pytest.mark.parametrize("expression", LIMITS["refused"])
def test_what_lies_just_outside_is_refused_in_a_sentence(expression: str) -> None:
    with pytest.raises(LivecodeError) as refusal:
        answer(expression)
    assert str(refusal.value).partition("\n")[0] == LIMITS["refused"][expression]


def asked(made: Any) -> None:
    if hasattr(made, "query"):
        made.query(0, 1)


@pytest.mark.parametrize(
    ("name", "make", "least", "most"), WHOLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_whole_number_is_played_up_to_its_limits_and_refused_beyond_them(
    name: str, make: Callable[[int], Any], least: int | None, most: int
) -> None:
    for inside in (-most if least is None else least, most):
        asked(make(inside))
    below = -most - 1 if least is None else least - 1
    said = f"up to {most}" if least is None else f"from {least} up"
    with pytest.raises(PatternError, match=f"^{name} needs a whole number {said}, not {below}"):
        asked(make(below))
    with pytest.raises(PatternError, match=f"^{name} needs a whole number up to {most}, not {most + 1}"):
        asked(make(most + 1))
    with pytest.raises(PatternError, match=f"^{name} needs a whole number.*, not 1.5"):
        asked(make(1.5))  # type: ignore[arg-type]
