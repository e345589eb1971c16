"""Every method of patterns that makes sense as a function of its own, and each control."""

from __future__ import annotations

from typing import Any, Final

from livecode.pattern.control import PITCHED, control_node
from livecode.pattern.pattern import Pattern
from livecode.pattern.transform import Function, check_count


def _functions(names: str) -> list[Function]:
    """Return the methods of these names as functions; a word that Python owns has an underscore behind it."""
    return [
        Function(Pattern, name, name if hasattr(Pattern, name) else name.removesuffix("_")) for name in names.split()
    ]


# Speed and shift
(
    fast, slow, hurry, early, late, fast_gap, inside, outside, density, sparsity, rot_l, rot_r, density_gap,
) = _functions(
    """
    fast slow hurry early late fast_gap inside outside density sparsity rot_l rot_r density_gap
    """
)  # fmt: skip

# Windows
(
    compress, focus, zoom, linger, trunc, ribbon, time_loop, swing_by, swing, repeat_cycles, fast_squeeze,
    zoom_arc, rib, slow_squeeze, stretch,
) = _functions(
    """
    compress focus zoom linger trunc ribbon time_loop swing_by swing repeat_cycles fast_squeeze zoom_arc rib
    slow_squeeze stretch
    """
)  # fmt: skip

# Order
(
    rev, revv, palindrome, iter_, iter_back, segment, ply, ply_with, ply_for_each, press, press_by, brak, bite,
    shuffle, scramble, rot, wedge, seg, chew,
) = _functions(
    """
    rev revv palindrome iter_ iter_back segment ply ply_with ply_for_each press press_by brak bite shuffle
    scramble rot wedge seg chew
    """
)  # fmt: skip

# Conditions
(
    every, last_of, every_offset, whenmod, when, ifp, fold_every, within, chunk, chunk_back, fast_chunk,
    chunk_into, chunk_back_into, into, apply_n, bypass, first_of, while_, slow_chunk, when_key,
) = _functions(
    """
    every last_of every_offset whenmod when ifp fold_every within chunk chunk_back fast_chunk chunk_into
    chunk_back_into into apply_n bypass first_of while_ slow_chunk when_key
    """
)  # fmt: skip

# Structure
(
    struct, struct_all, mask, mask_all, substruct, reset, restart, reset_all, restart_all, invert, euclid,
    euclid_inv, euclid_off, euclid_off_full, euclid_legato, euclidish, bjork, beat_, inv, euclid_rot,
    euclid_legato_rot, distrib,
) = _functions(
    """
    struct struct_all mask mask_all substruct reset restart reset_all restart_all invert euclid euclid_inv
    euclid_off euclid_off_full euclid_legato euclidish bjork beat_ inv euclid_rot euclid_legato_rot distrib
    """
)  # fmt: skip

# Layering
(
    superimpose, layer, off, jux, jux_by, echo, stut, echo_with, ghost, ghost_with, interlace, weave, stut_with,
    jux4, juxcut, spin, offadd, stutter, double, triple, quad, weave_with, fix, unfix, contrast,
) = _functions(
    """
    superimpose layer off jux jux_by echo stut echo_with ghost ghost_with interlace weave stut_with jux4 juxcut
    spin offadd stutter double triple quad weave_with fix unfix contrast
    """
)  # fmt: skip

# Arithmetic
(
    add, sub, mul, div, mod, pow_, keep, keepif, lt, gt, lte, gte, eq, ne, and_, or_, band, bor, bxor, blshift,
    brshift, range_, rangex, range2, from_bipolar, to_bipolar, round_, floor, ceil, quantise, qfloor, qceil,
    log2, ratio, smooth, as_number, qround, qceiling,
) = _functions(
    """
    add sub mul div mod pow_ keep keepif lt gt lte gte eq ne and_ or_ band bor bxor blshift brshift range_ rangex
    range2 from_bipolar to_bipolar round_ floor ceil quantise qfloor qceil log2 ratio smooth as_number qround
    qceiling
    """
)  # fmt: skip

# Chance
(
    degrade_by, degrade, undegrade_by, undegrade, degrade_by_with, sometimes_by, sometimes_by_pre, sometimes,
    often, rarely, almost_always, almost_never, always, never, some_cycles_by, some_cycles, choose2, seed,
    reroll, jitter, un_degrade_by, degrade_over_by,
) = _functions(
    """
    degrade_by degrade undegrade_by undegrade degrade_by_with sometimes_by sometimes_by_pre sometimes often
    rarely almost_always almost_never always never some_cycles_by some_cycles choose2 seed reroll jitter
    un_degrade_by degrade_over_by
    """
)  # fmt: skip

somecycles_by: Final = some_cycles_by

somecycles: Final = some_cycles

# Forms
(
    soak, snowball, space_out, stripe, slowstripe, loop_first, play_for, fade_in, fade_in_from, fade_out,
    fade_out_from,
) = _functions(
    """
    soak snowball space_out stripe slowstripe loop_first play_for fade_in fade_in_from fade_out fade_out_from
    """
)  # fmt: skip

# Choices
(
    pick, pickmod, pick_out, pickmod_out, pick_restart, pickmod_restart, pick_reset, pickmod_reset, inhabit,
    inhabitmod, select, pick_f, pickmod_f, spread, fastspread, pick_squeeze, pickmod_squeeze, slowspread,
    select_f, swap, spreadf, spread_choose, spreadr,
) = _functions(
    """
    pick pickmod pick_out pickmod_out pick_restart pickmod_restart pick_reset pickmod_reset inhabit inhabitmod
    select pick_f pickmod_f spread fastspread pick_squeeze pickmod_squeeze slowspread select_f swap spreadf
    spread_choose spreadr
    """
)  # fmt: skip

# Steps
(
    pace, expand, contract, extend, replicate, take, drop, steptake, stepdrop, shrink, grow, steps, step_bind,
) = _functions(
    """
    pace expand contract extend replicate take drop steptake stepdrop shrink grow steps step_bind
    """
)  # fmt: skip

# Pitch
(
    scale, to_scale, scale_transpose, raise_degree, transpose, octave, arp, rolled_by, rolled, voicing, anchor,
    mode, offset, root_notes, trans, scale_trans, strans, arp_with, arpeggiate, arpg, mono, collect,
) = _functions(
    """
    scale to_scale scale_transpose raise_degree transpose octave arp rolled_by rolled voicing anchor mode offset
    root_notes trans scale_trans strans arp_with arpeggiate arpg mono collect
    """
)  # fmt: skip

# Samples
(
    chop, striate, slice_, splice, fit_sample, loop_at, striate_by, gap, randslice, smash, smash_chop,
) = _functions(
    """
    chop striate slice_ splice fit_sample loop_at striate_by gap randslice smash smash_chop
    """
)  # fmt: skip

# Values, events and controls
(
    fmap, filter_, filter_values, filter_when, onsets_only, discrete_only, apply, set_, control, as_, glide,
    deconstruct,
) = _functions(
    """
    fmap filter_ filter_values filter_when onsets_only discrete_only apply set_ control as_ glide deconstruct
    """
)  # fmt: skip


class ControlFunction(Function):
    """A control as a function: makes a pattern of controls, which can be played or laid over another one."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Make a pattern of controls of what was typed."""
        if options or not arguments:
            check_count(self.__name__, len(arguments) + len(options), 1, 1, self)
        given = arguments[0] if len(arguments) == 1 else list(arguments)
        made = Pattern.of(given, pitched=self._method in PITCHED)
        return Pattern(control_node(self._method, made.node), steps=made.steps_count, draws=made.draws)


def _control(method: str) -> ControlFunction:
    return ControlFunction(Pattern, method, method)


# Controls
note: Final = _control("note")
hit: Final = _control("hit")
sound: Final = _control("sound")
n: Final = _control("n")
chord: Final = _control("chord")
velocity: Final = _control("velocity")
gain: Final = _control("gain")
legato: Final = _control("legato")
duration: Final = _control("duration")
voice: Final = _control("voice")
pan: Final = _control("pan")
weight: Final = _control("weight")
s: Final = sound
vel: Final = velocity
amp: Final = gain
clip: Final = legato
dur: Final = duration
sustain: Final = duration
pweight: Final = weight
