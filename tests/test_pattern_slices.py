"""Every function keeps the law of slices: what a narrow query gives is what a wide one gives, clipped."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from livecode.pattern import (
    Pattern,
    add,
    arrange,
    ascii_,
    cat,
    choose_in,
    fast,
    gain,
    hit,
    markov_pat,
    mini,
    n,
    necklace,
    note,
    perlin,
    perlin2,
    perlin_with,
    perm_step,
    polymeter,
    pr,
    rand,
    randcat,
    rev,
    run,
    scan,
    seq_p_loop,
    sine,
    stepcat,
    time_cat,
    ur,
    zip_,
)
from livecode.pattern.comparing import joined

NUMBERS = "0 1*2 <2 3> [4 5], 7(3,8)"

METHODS: dict[str, Callable[[Pattern], Any]] = {
    "fast": lambda p: p.fast("<1 2.5>"),
    "slow": lambda p: p.slow(1.5),
    "early": lambda p: p.early("0.1 0.3"),
    "fast_gap": lambda p: p.fast_gap("<0.5 2 3>"),
    "compress": lambda p: p.compress(0.25, "<0.5 1>"),
    "focus": lambda p: p.focus(0.25, 0.75),
    "zoom": lambda p: p.zoom(0.25, 0.8),
    "linger": lambda p: p.linger("<0.25 -0.3>"),
    "trunc": lambda p: p.trunc(0.6),
    "ribbon": lambda p: p.ribbon(0.5, 1.5),
    "swing_by": lambda p: p.swing_by(0.3, 4),
    "repeat_cycles": lambda p: p.repeat_cycles(3),
    "inside": lambda p: p.inside(2, rev),
    "outside": lambda p: p.outside(3, rev),
    "rev": lambda p: p.rev(),
    "revv": lambda p: p.revv(),
    "palindrome": lambda p: p.palindrome(),
    "iter": lambda p: p.iter(3),
    "iter_back": lambda p: p.iter_back("<2 4>"),
    "segment": lambda p: p.segment(5),
    "ply": lambda p: p.ply("<2 3>"),
    "ply_with": lambda p: p.ply_with(3, add(1)),
    "press_by": lambda p: p.press_by(0.25),
    "brak": lambda p: p.brak(),
    "bite": lambda p: p.bite(4, "0 2*2 <1 3>"),
    "shuffle": lambda p: p.shuffle(4),
    "scramble": lambda p: p.scramble(3),
    "rot": lambda p: p.rot("<1 2>"),
    "wedge": lambda p: p.wedge(0.3, "1 2"),
    "every": lambda p: p.every(3, fast(2)),
    "last_of": lambda p: p.last_of(2, rev),
    "whenmod": lambda p: p.whenmod(3, 1, rev),
    "when": lambda p: p.when("<1 [0 1]>", rev),
    "within": lambda p: p.within(0.25, 0.6, fast(2)),
    "chunk": lambda p: p.chunk(4, add(1)),
    "chunk_back": lambda p: p.chunk_back(4, add(1)),
    "fast_chunk": lambda p: p.fast_chunk(4, add(1)),
    "chunk_into": lambda p: p.chunk_into(4, rev),
    "into": lambda p: p.into("1 0 [1 1]", rev),
    "bypass": lambda p: p.bypass("0 1 <0 1>"),
    "struct": lambda p: p.struct("1 0 [1 1]*2"),
    "mask": lambda p: p.mask("1 <0 1> 1"),
    "substruct": lambda p: p.substruct("1 [0 1]"),
    "reset": lambda p: p.reset("1 <0 1>"),
    "restart": lambda p: p.restart("1/3"),
    "euclid": lambda p: p.euclid("<3 5>", 8, 1),
    "euclid_legato": lambda p: p.euclid_legato(3, 8, 2),
    "euclidish": lambda p: p.euclidish(3, 8, 0.3),
    "beat": lambda p: p.beat("0,3,5", 8),
    "euclid_full": lambda p: p.euclid_full(3, 8, "9"),
    "superimpose": lambda p: p.superimpose(rev),
    "off": lambda p: p.off(0.125, add(1)),
    "echo_with": lambda p: p.echo_with(3, 0.2, add(1)),
    "ghost_with": lambda p: p.ghost_with(0.125, add(1)),
    "interlace": lambda p: p.fmap(lambda value: {"note": value}).interlace(note("1 2")),
    "add": lambda p: p.add("0 <10 20>"),
    "add_out": lambda p: p.add.out("0 10 20"),
    "add_mix": lambda p: p.add.mix("0 10 20"),
    "add_squeeze": lambda p: p.add.squeeze("0 <10 20>"),
    "add_squeezeout": lambda p: p.add.squeezeout("0 <10 20>"),
    "add_reset": lambda p: p.add.reset("0 10"),
    "add_restart": lambda p: p.add.restart("0 10"),
    "degrade_by": lambda p: p.degrade_by("<0.3 0.7>"),
    "undegrade_by": lambda p: p.undegrade_by(0.4),
    "sometimes_by": lambda p: p.sometimes_by(0.4, add(1)),
    "sometimes_by_pre": lambda p: p.sometimes_by_pre(0.4, fast(2)),
    "some_cycles_by": lambda p: p.some_cycles_by(0.5, rev),
    "jitter": lambda p: p.jitter(0.5),
    "reroll": lambda p: p.degrade().reroll(),
    "seed": lambda p: p.degrade().seed("<a b>"),
    "pace": lambda p: p.pace(3),
    "take": lambda p: p.take(2),
    "drop": lambda p: p.drop("1 2"),
    "shrink": lambda p: p.shrink(1),
    "grow": lambda p: p.grow(-1),
    "extend": lambda p: p.extend("<1 2>"),
    "to_scale": lambda p: p.to_scale([0, 2, 7]),
    "scale": lambda p: p.scale("c:minor"),
    "transpose": lambda p: p.transpose("<1 -2>"),
    "arp": lambda p: p.arp("<up downup>"),
    "arp_numbers": lambda p: p.arp("0 <1 2>"),
    "rolled_by": lambda p: p.rolled_by("<0.3 -0.4>"),
    "pick": lambda p: p.pickmod(["1 2", "3*3"]),
    "pick_restart": lambda p: p.pickmod_restart(["<1 2>", "3*3"]),
    "inhabit": lambda p: p.inhabitmod(["1 <2 4>", "3*3"]),
    "pick_f": lambda p: p.pick_f("<0 1> 1", [rev, fast(2)]),
    "spread": lambda p: p.spread(fast, [1, 2, 0.5]),
    "sew": lambda p: mini("1 <0 1>").sew(p, p.rev()),
    "stitch": lambda p: mini("1 0 <0 1>").stitch(p, p.rev()),
    "tour": lambda p: p.tour("1 2", "3"),
    "add_rand": lambda p: p.add(rand),
    "stutter": lambda p: p.stutter("<2 3>", 0.1),
    "offadd": lambda p: p.offadd(0.125, "1 <2 3>"),
    "weave_with": lambda p: p.weave_with(3, rev, fast(2), add(1)),
    "soak": lambda p: p.soak(3, add(1) >> rev),
    "snowball": lambda p: p.snowball(3, lambda one, other: one + other, fast(2)),
    "space_out": lambda p: p.space_out([1, 0.5, 1.25]),
    "stripe": lambda p: p.stripe("<2 3>"),
    "slowstripe": lambda p: p.slowstripe(3),
    "loop_first": lambda p: p.late(0.3).loop_first(),
    "play_for": lambda p: p.play_for(0.3, 2.7),
    "fade_in": lambda p: p.fade_in_from(-1, 4),
    "fade_out": lambda p: p.fade_out(4),
    "degrade_over_by": lambda p: p.degrade_over_by(3, "0.2 0.8"),
    "slow_squeeze": lambda p: p.slow_squeeze("1 <2 3>"),
    "stretch": lambda p: p.mask("0 <1 0> 1 0").stretch(),
    "mono": lambda p: p.off(0.1, add(1)).mono(),
    "mono_long": lambda p: p.slow(2.5).mono(),
    "collect": lambda p: p.off(0.25, add(1)).collect().fmap(lambda values: str(sorted(values))),
    "arp_with": lambda p: p.arp_with(lambda notes: [*notes, 9]),
    "arp_with_pattern": lambda p: p.arp_with(lambda notes: cat(notes[0], notes[-1] + 20)),
    "distrib": lambda p: p.distrib("<2 3>", 5, 8),
    "select_f": lambda p: p.select_f("0 0.9", [rev, fast(2)]),
    "swap": lambda p: p.swap({0: 5, 2: 7}),
    "spread_choose": lambda p: p.spread_choose(fast, [1, 2, 3]),
    "step_bind": lambda p: p.step_bind(lambda value: run(value + 1)),
    "fix": lambda p: n(p).fix(fast(2), n("1 <2 3>")),
    "fix_long": lambda p: n(p).slow(2.5).fix(fast(2), n("<1 2 3>")),
    "contrast": lambda p: n(p).contrast(rev, fast(2), {"n": (1, 3)}),
    "spin": lambda p: n(p).spin(3),
    "gap": lambda p: n(p).gap("<3 4>"),
    "striate_by": lambda p: n(p).striate_by(3, 0.5),
    "randslice": lambda p: n(p).randslice(4),
    "smash": lambda p: n(p).smash("<2 3>", [1, 2]),
}

FUNCTIONS: dict[str, Any] = {
    "cat": cat("0 1", "<2 3>", "4*3"),
    "arrange": arrange((2, "0 <1 2>"), (1, "3*2")),
    "time_cat": time_cat((3, "0 <1 2>"), (1.5, "3*2")),
    "stepcat": stepcat("0 1 2", "<3 4>"),
    "zip": zip_("0 1 2", "3 4"),
    "polymeter": polymeter("0 1 2", "3 4"),
    "polyrhythm": pr("0 1 2", "3 4"),
    "randcat": randcat("0 1", "2*3", "3"),
    "choose_in": choose_in("0 1", "2*3").segment(4),
    "seq_p_loop": seq_p_loop((0, 1, "0 1"), (1, 3, "2*3")),
    "ur": ur(3, "x y:up y", {"x": "0 1", "y": "2 <3 4>"}, {"up": fast(2)}),
    "run": run("<4 6>"),
    "scan": scan(3),
    "markov": markov_pat(8, 0, [[0.2, 0.8], [0.6, 0.4]]),
    "perlin": mini("0*8").add(perlin),
    "controls": note("c4'maj <e4 g4>").gain("0.5 1").legato(0.5).jux(rev),
    "echo": hit("bd(3,8) sd").echo(3, 0.125, 0.8),
    "hurry": n("0 1").hurry("<1 2>"),
    "gain": hit("bd*4").off(0.1, gain(0.5)),
    "necklace": necklace("<7 5.5>", [3, 2, 4]),
    "perm_step": perm_step(7, ["0 1", "<2 3>", "4"], "<0 0.4> 1"),
    "ascii": ascii_("<ab c> d"),
    "perlin2": perlin2(sine.slow(3)).segment(6),
    "perlin_with": perlin_with("0 <1.5 2.7>"),
}

WINDOWS = [(Fraction(1, 7), Fraction(3, 7)), (Fraction(-3, 5), Fraction(6, 5)), (Fraction(23, 8), Fraction(25, 8))]
CASES = {**{name: make(mini(NUMBERS)) for name, make in METHODS.items()}, **FUNCTIONS}


def clipped(pattern: Pattern, begin: Fraction, end: Fraction) -> Any:
    found = []
    for event in pattern.query(-2, 7, seed=5):
        low, high = max(event.part.begin, begin), min(event.part.end, end)
        if low < high:
            found.append(event.__class__(event.whole, event.part.__class__(low, high), event.value))
    return joined(found)


@pytest.mark.parametrize("name", CASES)
def test_a_narrow_query_is_the_wide_one_clipped(name: str) -> None:
    pattern = CASES[name]
    for begin, end in (
        (Fraction(1, 7), Fraction(3, 7)),
        (Fraction(-3, 5), Fraction(6, 5)),
        (Fraction(23, 8), Fraction(25, 8)),
    ):
        asked = [event.__class__(event.whole, event.part, event.value) for event in pattern.query(begin, end, seed=5)]
        assert joined(asked) == clipped(pattern, begin, end)


@pytest.mark.parametrize("name", CASES)
def test_two_halves_are_the_whole(name: str) -> None:
    pattern = CASES[name]
    middle = Fraction(12, 11)
    halves = [*pattern.query(Fraction(1, 3), middle, seed=5), *pattern.query(middle, Fraction(7, 3), seed=5)]
    assert joined(halves) == joined(pattern.query(Fraction(1, 3), Fraction(7, 3), seed=5))
