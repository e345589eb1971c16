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
    append, arrange, cat, choose_cycles, cycle_choose, fast_append, fastcat, fix, mini, overlay, polyrhythm, pr,
    pure, randcat, seq, seq_p, seq_p_loop, sequence, slowcat, slowcat_prime, stack, ur, wchoose_cycles, wrandcat,
)
from livecode.pattern.duration import Duration, bar, beat, cycle, frame, second
from livecode.pattern.event import Event, Span
from livecode.pattern.explain import explain
from livecode.pattern.functions import (
    add, almost_always, almost_never, always, amp, anchor, and_, apply, apply_n, arp, as_, as_number, band, beat_,
    bite, bjork, blshift, bor, brak, brshift, bxor, bypass, ceil, chew, choose2, chop, chord, chunk, chunk_back,
    chunk_back_into, chunk_into, clip, compress, contract, control, degrade, degrade_by, degrade_by_with, density,
    discrete_only, div, drop, dur, duration, early, echo, echo_with, eq, euclid, euclid_inv, euclid_legato,
    euclid_legato_rot, euclid_off, euclid_off_full, euclid_rot, euclidish, every, every_offset, expand, extend,
    fast, fast_chunk, fast_gap, fast_squeeze, fastspread, filter_, filter_values, filter_when, first_of,
    fit_sample, floor, fmap, focus, fold_every, from_bipolar, gain, ghost, ghost_with, glide, grow, gt, gte, hit,
    hurry, ifp, inhabit, inhabitmod, inside, interlace, into, inv, invert, iter_, iter_back, jitter, jux, jux_by,
    keep, keepif, last_of, late, layer, legato, linger, log2, loop_at, lt, lte, mask, mask_all, mod, mode, mul, n,
    ne, never, note, octave, off, offset, often, onsets_only, or_, outside, pace, palindrome, pan, pick, pick_f,
    pick_out, pick_reset, pick_restart, pick_squeeze, pickmod, pickmod_f, pickmod_out, pickmod_reset,
    pickmod_restart, pickmod_squeeze, ply, ply_for_each, ply_with, pow_, press, press_by, pweight, qceil, qfloor,
    quantise, raise_degree, range2, range_, rangex, rarely, ratio, repeat_cycles, replicate, reroll, reset,
    reset_all, restart, restart_all, rev, revv, rib, ribbon, rolled, rolled_by, root_notes, rot, round_, s, scale,
    scale_transpose, scramble, seed, seg, segment, select, set_, shrink, shuffle, slice_, slow, slow_chunk,
    slowspread, smooth, some_cycles, some_cycles_by, somecycles, somecycles_by, sometimes, sometimes_by,
    sometimes_by_pre, sound, sparsity, splice, spread, stepdrop, steps, steptake, striate, struct, struct_all,
    stut, stut_with, sub, substruct, superimpose, sustain, swing, swing_by, take, time_loop, to_bipolar, to_scale,
    trans, transpose, trunc, undegrade, undegrade_by, vel, velocity, voice, voicing, weave, wedge, weight, when,
    whenmod, while_, within, zoom, zoom_arc,
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
    euclid_full, lindenmayer, lindenmayer_n, morph, pm, polymeter, sew, squeeze, sseq, sseqs, stack_by,
    stack_centre, stack_left, stack_right, stepalt, stepcat, stitch, time_cat, zip_,
)
from livecode.pattern.signals import (
    berlin, binary, binary_l, binary_n, binary_nl, brand, brand_by, cosine, cosine2, env_l, env_lr, irand, isaw,
    isaw2, itri, itri2, perlin, rand, rand2, randrun, run, saw, saw2, scan, sig, signal, silence, sine, sine2,
    square, square2, steady, time, tri, tri2,
)
from livecode.pattern.spelling import camel
from livecode.pattern.transform import Transform
from livecode.pattern.transition import (
    anticipate, anticipate_in, clutch, clutch_in, interpolate, interpolate_in, jump, jump_in, jump_mod, mortal,
    wait, wash, wash_in, xfade, xfade_in,
)
from livecode.pattern.values import Audio

__all__ = [
    "Audio", "Blend", "Duration", "Event", "Pattern", "Phrase", "Span", "Transform", "add", "almost_always",
    "almost_never", "always", "amp", "anchor", "and_", "anticipate", "anticipate_in", "append", "apply",
    "apply_n", "arp", "arrange", "as_", "as_number", "audio", "band", "bar", "beat", "beat_", "berlin", "binary",
    "binary_l", "binary_n", "binary_nl", "bite", "bjork", "blend", "blshift", "bor", "brak", "brand", "brand_by",
    "brshift", "bxor", "bypass", "c_f", "c_i", "c_n", "c_p", "c_r", "c_s", "c_t", "cat", "ceil", "chew", "choose",
    "choose2", "choose_by", "choose_cycles", "choose_in", "choose_in_with", "choose_out", "choose_with", "chop",
    "chord", "chunk", "chunk_back", "chunk_back_into", "chunk_into", "clip", "clutch", "clutch_in", "compress",
    "contract", "control", "cosine", "cosine2", "cycle", "cycle_choose", "degrade", "degrade_by",
    "degrade_by_with", "density", "discrete_only", "div", "draw_line", "drop", "dur", "duration", "early", "echo",
    "echo_with", "env_l", "env_lr", "eq", "euclid", "euclid_full", "euclid_inv", "euclid_legato",
    "euclid_legato_rot", "euclid_off", "euclid_off_full", "euclid_rot", "euclidish", "every", "every_offset",
    "expand", "explain", "extend", "fast", "fast_append", "fast_chunk", "fast_gap", "fast_squeeze", "fastcat",
    "fastspread", "filter_", "filter_values", "filter_when", "first_of", "fit_sample", "fix", "floor", "fmap",
    "focus", "fold_every", "frame", "from_bipolar", "gain", "ghost", "ghost_with", "glide", "grow", "gt", "gte",
    "hit", "hurry", "ifp", "in0", "in1", "in2", "in3", "in4", "in5", "in6", "in7", "in8", "in9", "in10", "in11",
    "in12", "in13", "in14", "in15", "inhabit", "inhabitmod", "inside", "interlace", "interpolate",
    "interpolate_in", "into", "inv", "invert", "irand", "isaw", "isaw2", "iter_", "iter_back", "itri", "itri2",
    "jitter", "jump", "jump_in", "jump_mod", "jux", "jux_by", "keep", "keepif", "key_down", "last_of", "late",
    "layer", "legato", "lerp", "lindenmayer", "lindenmayer_n", "linger", "log2", "loop_at", "lt", "lte",
    "markov_pat", "mask", "mask_all", "mini", "mix", "mod", "mode", "morph", "mortal", "mouse_x", "mouse_y",
    "mousex", "mousey", "mul", "n", "ne", "never", "note", "octave", "off", "offset", "often", "onsets_only",
    "or_", "osc_in", "outside", "overlay", "pace", "palindrome", "pan", "perlin", "phrase", "pick", "pick_f",
    "pick_out", "pick_reset", "pick_restart", "pick_squeeze", "pickmod", "pickmod_f", "pickmod_out",
    "pickmod_reset", "pickmod_restart", "pickmod_squeeze", "ply", "ply_for_each", "ply_with", "pm", "polymeter",
    "polyrhythm", "pow_", "pr", "press", "press_by", "prompt", "pure", "pweight", "qceil", "qfloor", "quantise",
    "raise_degree", "rand", "rand2", "randcat", "randrun", "range2", "range_", "rangex", "rarely", "raster",
    "ratio", "ref", "repeat_cycles", "replicate", "reroll", "reset", "reset_all", "restart", "restart_all", "rev",
    "revv", "rib", "ribbon", "rolled", "rolled_by", "root_notes", "rot", "round_", "run", "run_markov", "s",
    "saw", "saw2", "scale", "scale_transpose", "scan", "scramble", "second", "seed", "seg", "segment", "select",
    "seq", "seq_p", "seq_p_loop", "sequence", "set_", "sew", "show", "shrink", "shuffle", "sig", "signal",
    "silence", "sine", "sine2", "slice_", "slow", "slow_chunk", "slowcat", "slowcat_prime", "slowspread",
    "smooth", "some_cycles", "some_cycles_by", "somecycles", "somecycles_by", "sometimes", "sometimes_by",
    "sometimes_by_pre", "sound", "sparsity", "splice", "spread", "square", "square2", "squeeze", "sseq", "sseqs",
    "stack", "stack_by", "stack_centre", "stack_left", "stack_right", "steady", "stepalt", "stepcat", "stepdrop",
    "steps", "steptake", "stitch", "striate", "struct", "struct_all", "stut", "stut_with", "sub", "substruct",
    "superimpose", "sustain", "swing", "swing_by", "take", "time", "time_cat", "time_loop", "to_bipolar",
    "to_scale", "tour", "trans", "transpose", "tri", "tri2", "trunc", "undegrade", "undegrade_by", "ur",
    "use_rng", "vel", "velocity", "voice", "voicing", "wait", "wash", "wash_in", "wchoose", "wchoose_by",
    "wchoose_cycles", "weave", "wedge", "weight", "when", "whenmod", "while_", "within", "wrandcat", "xfade",
    "xfade_in", "zip_", "zoom", "zoom_arc",
]
# fmt: on

# Tidal's and Strudel's spelling of each name: fastGap is fast_gap
for _name in list(__all__):
    _other = camel(_name)
    if _other != _name:
        globals()[_other] = globals()[_name]
        __all__.append(_other)
__all__.sort()
