"""The pattern language: pure functions of time, importing only controls and frames."""

# ruff: noqa: I001
# fmt: off
# Lists of names to be read, several a line.

from __future__ import annotations

from livecode.pattern.blend import Blend, blend, lerp, mix, tour
from livecode.pattern.choices import (
    choose, choose_by, choose_in, choose_in_with, choose_out, choose_with, markov_pat, run_markov, wchoose,
    wchoose_by,
)
from livecode.pattern.concatenate import (
    append, arrange, cat, choose_cycles, cycle_choose, fast_append, fastcat, mini, overlay, polyrhythm, pr, pure,
    randcat, seq, seq_p, seq_p_loop, sequence, slow_append, slowcat, slowcat_prime, stack, ur, wchoose_cycles,
    wrandcat,
)
from livecode.pattern.duration import Duration, bar, beat, cycle, frame, second
from livecode.pattern.event import Event, Span
from livecode.pattern.explain import explain
from livecode.pattern.functions import (
    add, almost_always, almost_never, always, amp, anchor, and_, apply, apply_n, arp, arp_with, arpeggiate, arpg,
    as_, as_number, band, beat_, bite, bjork, blshift, bor, brak, brshift, bxor, bypass, ceil, chew, choose2, chop,
    chord, chunk, chunk_back, chunk_back_into, chunk_into, clip, collect, compress, contract, contrast, control,
    deconstruct, degrade, degrade_by, degrade_by_with, degrade_over_by, density, density_gap, discrete_only,
    distrib, div, double, drop, dur, duration, early, echo, echo_with, eq, euclid, euclid_inv, euclid_legato,
    euclid_legato_rot, euclid_off, euclid_off_full, euclid_rot, euclidish, every, every_offset, expand, extend,
    fade_in, fade_in_from, fade_out, fade_out_from, fast, fast_chunk, fast_gap, fast_squeeze, fastspread, filter_,
    filter_values, filter_when, first_of, fit_sample, fix, floor, fmap, focus, fold_every, from_bipolar, gain, gap,
    ghost, ghost_with, glide, grow, gt, gte, hit, hurry, ifp, inhabit, inhabitmod, inside, interlace, into, inv,
    invert, iter_, iter_back, jitter, jux, jux4, jux_by, juxcut, keep, keepif, last_of, late, layer, legato,
    linger, log2, loop_at, loop_first, lt, lte, mask, mask_all, mod, mode, mono, mul, n, ne, never, note, octave,
    off, offadd, offset, often, onsets_only, or_, outside, pace, palindrome, pan, pick, pick_f, pick_out,
    pick_reset, pick_restart, pick_squeeze, pickmod, pickmod_f, pickmod_out, pickmod_reset, pickmod_restart,
    pickmod_squeeze, play_for, ply, ply_for_each, ply_with, pow_, press, press_by, pweight, qceil, qceiling,
    qfloor, qround, quad, quantise, raise_degree, randslice, range2, range_, rangex, rarely, ratio, repeat_cycles,
    replicate, reroll, reset, reset_all, restart, restart_all, rev, revv, rib, ribbon, rolled, rolled_by,
    root_notes, rot, rot_l, rot_r, round_, s, scale, scale_trans, scale_transpose, scramble, seed, seg, segment,
    select, select_f, set_, shrink, shuffle, slice_, slow, slow_chunk, slow_squeeze, slowspread, slowstripe, smash,
    smash_chop, smooth, snowball, soak, some_cycles, some_cycles_by, somecycles, somecycles_by, sometimes,
    sometimes_by, sometimes_by_pre, sound, space_out, sparsity, spin, splice, spread, spread_choose, spreadf,
    spreadr, step_bind, stepdrop, steps, steptake, strans, stretch, striate, striate_by, stripe, struct,
    struct_all, stut, stut_with, stutter, sub, substruct, superimpose, sustain, swap, swing, swing_by, take,
    time_loop, to_bipolar, to_scale, trans, transpose, triple, trunc, un_degrade_by, undegrade, undegrade_by,
    unfix, vel, velocity, voice, voicing, weave, weave_with, wedge, weight, when, when_key, whenmod, while_,
    within, zoom, zoom_arc,
)
from livecode.pattern.lines import draw_line, show
from livecode.pattern.incoming import (
    c_f, c_i, c_n, c_p, c_r, c_s, c_t, in0, in1, in10, in11, in12, in13, in14, in15, in2, in3, in4, in5, in6, in7,
    in8, in9, key_down, mouse_x, mouse_y, mousex, mousey, osc_in, ref, use_rng,
)
from livecode.pattern.pattern import Pattern
from livecode.pattern.phrase import Phrase, phrase
from livecode.pattern.prompt import audio, prompt
from livecode.pattern.raster import raster
from livecode.pattern.sequences import (
    euclid_full, lindenmayer, lindenmayer_n, morph, necklace, perm_step, pm, polymeter, sew, squeeze, sseq, sseqs,
    stack_by, stack_centre, stack_left, stack_right, stepalt, stepcat, stitch, time_cat, zip_,
)
from livecode.pattern.signals import (
    ascii_, berlin, binary, binary_l, binary_n, binary_nl, brand, brand_by, cosine, cosine2, cycles_per, env_eq,
    env_eq_r, env_l, env_lr, irand, isaw, isaw2, itri, itri2, per, per_cycle, perlin, perlin2, perlin2_with,
    perlin_with, perx, rand, rand2, rand_l, randrun, run, saw, saw2, scan, sig, signal, silence, sine, sine2,
    square, square2, steady, time, tri, tri2,
)
from livecode.pattern.spelling import OTHER_SPELLINGS, camel
from livecode.pattern.timelines import timeline
from livecode.pattern.transform import Transform
from livecode.pattern.transition import (
    anticipate, anticipate_in, clutch, clutch_in, interpolate, interpolate_in, jump, jump_in, jump_mod, mortal,
    wait, wash, wash_in, xfade, xfade_in,
)
from livecode.pattern.values import Audio

__all__ = [
    "Audio", "Blend", "Duration", "Event", "Pattern", "Phrase", "Span", "Transform", "add", "almost_always",
    "almost_never", "always", "amp", "anchor", "and_", "anticipate", "anticipate_in", "append", "apply", "apply_n",
    "arp", "arp_with", "arpeggiate", "arpg", "arrange", "as_", "as_number", "ascii_", "audio", "band", "bar",
    "beat", "beat_", "berlin", "binary", "binary_l", "binary_n", "binary_nl", "bite", "bjork", "blend", "blshift",
    "bor", "brak", "brand", "brand_by", "brshift", "bxor", "bypass", "c_f", "c_i", "c_n", "c_p", "c_r", "c_s",
    "c_t", "cat", "ceil", "chew", "choose", "choose2", "choose_by", "choose_cycles", "choose_in", "choose_in_with",
    "choose_out", "choose_with", "chop", "chord", "chunk", "chunk_back", "chunk_back_into", "chunk_into", "clip",
    "clutch", "clutch_in", "collect", "compress", "contract", "contrast", "control", "cosine", "cosine2", "cycle",
    "cycle_choose", "cycles_per", "deconstruct", "degrade", "degrade_by", "degrade_by_with", "degrade_over_by",
    "density", "density_gap", "discrete_only", "distrib", "div", "double", "draw_line", "drop", "dur", "duration",
    "early", "echo", "echo_with", "env_eq", "env_eq_r", "env_l", "env_lr", "eq", "euclid", "euclid_full",
    "euclid_inv", "euclid_legato", "euclid_legato_rot", "euclid_off", "euclid_off_full", "euclid_rot", "euclidish",
    "every", "every_offset", "expand", "explain", "extend", "fade_in", "fade_in_from", "fade_out", "fade_out_from",
    "fast", "fast_append", "fast_chunk", "fast_gap", "fast_squeeze", "fastcat", "fastspread", "filter_",
    "filter_values", "filter_when", "first_of", "fit_sample", "fix", "floor", "fmap", "focus", "fold_every",
    "frame", "from_bipolar", "gain", "gap", "ghost", "ghost_with", "glide", "grow", "gt", "gte", "hit", "hurry",
    "ifp", "in0", "in1", "in2", "in3", "in4", "in5", "in6", "in7", "in8", "in9", "in10", "in11", "in12", "in13",
    "in14", "in15", "inhabit", "inhabitmod", "inside", "interlace", "interpolate", "interpolate_in", "into", "inv",
    "invert", "irand", "isaw", "isaw2", "iter_", "iter_back", "itri", "itri2", "jitter", "jump", "jump_in",
    "jump_mod", "jux", "jux4", "jux_by", "juxcut", "keep", "keepif", "key_down", "last_of", "late", "layer",
    "legato", "lerp", "lindenmayer", "lindenmayer_n", "linger", "log2", "loop_at", "loop_first", "lt", "lte",
    "markov_pat", "mask", "mask_all", "mini", "mix", "mod", "mode", "mono", "morph", "mortal", "mouse_x",
    "mouse_y", "mousex", "mousey", "mul", "n", "ne", "necklace", "never", "note", "octave", "off", "offadd",
    "offset", "often", "onsets_only", "or_", "osc_in", "outside", "overlay", "pace", "palindrome", "pan", "per",
    "per_cycle", "perlin", "perlin2", "perlin2_with", "perlin_with", "perm_step", "perx", "phrase", "pick",
    "pick_f", "pick_out", "pick_reset", "pick_restart", "pick_squeeze", "pickmod", "pickmod_f", "pickmod_out",
    "pickmod_reset", "pickmod_restart", "pickmod_squeeze", "play_for", "ply", "ply_for_each", "ply_with", "pm",
    "polymeter", "polyrhythm", "pow_", "pr", "press", "press_by", "prompt", "pure", "pweight", "qceil", "qceiling",
    "qfloor", "qround", "quad", "quantise", "raise_degree", "rand", "rand2", "rand_l", "randcat", "randrun",
    "randslice", "range2", "range_", "rangex", "rarely", "raster", "ratio", "ref", "repeat_cycles", "replicate",
    "reroll", "reset", "reset_all", "restart", "restart_all", "rev", "revv", "rib", "ribbon", "rolled",
    "rolled_by", "root_notes", "rot", "rot_l", "rot_r", "round_", "run", "run_markov", "s", "saw", "saw2", "scale",
    "scale_trans", "scale_transpose", "scan", "scramble", "second", "seed", "seg", "segment", "select", "select_f",
    "seq", "seq_p", "seq_p_loop", "sequence", "set_", "sew", "show", "shrink", "shuffle", "sig", "signal",
    "silence", "sine", "sine2", "slice_", "slow", "slow_append", "slow_chunk", "slow_squeeze", "slowcat",
    "slowcat_prime", "slowspread", "slowstripe", "smash", "smash_chop", "smooth", "snowball", "soak",
    "some_cycles", "some_cycles_by", "somecycles", "somecycles_by", "sometimes", "sometimes_by",
    "sometimes_by_pre", "sound", "space_out", "sparsity", "spin", "splice", "spread", "spread_choose", "spreadf",
    "spreadr", "square", "square2", "squeeze", "sseq", "sseqs", "stack", "stack_by", "stack_centre", "stack_left",
    "stack_right", "steady", "step_bind", "stepalt", "stepcat", "stepdrop", "steps", "steptake", "stitch",
    "strans", "stretch", "striate", "striate_by", "stripe", "struct", "struct_all", "stut", "stut_with", "stutter",
    "sub", "substruct", "superimpose", "sustain", "swap", "swing", "swing_by", "take", "time", "time_cat",
    "time_loop", "timeline", "to_bipolar", "to_scale", "tour", "trans", "transpose", "tri", "tri2", "triple",
    "trunc", "un_degrade_by", "undegrade", "undegrade_by", "unfix", "ur", "use_rng", "vel", "velocity", "voice",
    "voicing", "wait", "wash", "wash_in", "wchoose", "wchoose_by", "wchoose_cycles", "weave", "weave_with",
    "wedge", "weight", "when", "when_key", "whenmod", "while_", "within", "wrandcat", "xfade", "xfade_in", "zip_",
    "zoom", "zoom_arc",
]
# fmt: on

# Tidal's and Strudel's spelling of each name: fastGap is fast_gap, and so is fastgap
for _name in list(__all__):
    _other = camel(_name)
    if _other != _name:
        globals()[_other] = globals()[_name]
        __all__.append(_other)
for _other, _name in OTHER_SPELLINGS.items():
    if _other not in __all__:
        globals()[_other] = globals()[_name]
        __all__.append(_other)
__all__.sort()
