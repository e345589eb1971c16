"""Every method of patterns that makes sense as a function of its own, and each control."""

from __future__ import annotations

from typing import Any, Final

from livecode.pattern.control import control_node
from livecode.pattern.pattern import Pattern
from livecode.pattern.transform import Function, check_count


def _function(method: str, name: str | None = None) -> Function:
    return Function(Pattern, name or method, method)


# Speed and shift
fast: Final = _function("fast")
slow: Final = _function("slow")
hurry: Final = _function("hurry")
early: Final = _function("early")
late: Final = _function("late")
fast_gap: Final = _function("fast_gap")
inside: Final = _function("inside")
outside: Final = _function("outside")
density: Final = _function("density")
sparsity: Final = _function("sparsity")

# Windows
compress: Final = _function("compress")
focus: Final = _function("focus")
zoom: Final = _function("zoom")
linger: Final = _function("linger")
trunc: Final = _function("trunc")
ribbon: Final = _function("ribbon")
time_loop: Final = _function("time_loop")
swing_by: Final = _function("swing_by")
swing: Final = _function("swing")
repeat_cycles: Final = _function("repeat_cycles")
fast_squeeze: Final = _function("fast_squeeze")
zoom_arc: Final = _function("zoom_arc")
rib: Final = _function("rib")

# Order
rev: Final = _function("rev")
revv: Final = _function("revv")
palindrome: Final = _function("palindrome")
iter_: Final = _function("iter", "iter_")
iter_back: Final = _function("iter_back")
segment: Final = _function("segment")
ply: Final = _function("ply")
ply_with: Final = _function("ply_with")
ply_for_each: Final = _function("ply_for_each")
press: Final = _function("press")
press_by: Final = _function("press_by")
brak: Final = _function("brak")
bite: Final = _function("bite")
shuffle: Final = _function("shuffle")
scramble: Final = _function("scramble")
rot: Final = _function("rot")
wedge: Final = _function("wedge")
seg: Final = _function("seg")
chew: Final = _function("chew")

# Conditions
every: Final = _function("every")
last_of: Final = _function("last_of")
every_offset: Final = _function("every_offset")
whenmod: Final = _function("whenmod")
when: Final = _function("when")
ifp: Final = _function("ifp")
fold_every: Final = _function("fold_every")
within: Final = _function("within")
chunk: Final = _function("chunk")
chunk_back: Final = _function("chunk_back")
fast_chunk: Final = _function("fast_chunk")
chunk_into: Final = _function("chunk_into")
chunk_back_into: Final = _function("chunk_back_into")
into: Final = _function("into")
apply_n: Final = _function("apply_n")
bypass: Final = _function("bypass")
first_of: Final = _function("first_of")
while_: Final = _function("while_")
slow_chunk: Final = _function("slow_chunk")

# Structure
struct: Final = _function("struct")
struct_all: Final = _function("struct_all")
mask: Final = _function("mask")
mask_all: Final = _function("mask_all")
substruct: Final = _function("substruct")
reset: Final = _function("reset")
restart: Final = _function("restart")
reset_all: Final = _function("reset_all")
restart_all: Final = _function("restart_all")
invert: Final = _function("invert")
euclid: Final = _function("euclid")
euclid_inv: Final = _function("euclid_inv")
euclid_off: Final = _function("euclid_off")
euclid_off_full: Final = _function("euclid_off_full")
euclid_legato: Final = _function("euclid_legato")
euclidish: Final = _function("euclidish")
bjork: Final = _function("bjork")
beat_: Final = _function("beat", "beat_")  # beat is a length
inv: Final = _function("inv")
euclid_rot: Final = _function("euclid_rot")
euclid_legato_rot: Final = _function("euclid_legato_rot")

# Layering
superimpose: Final = _function("superimpose")
layer: Final = _function("layer")
off: Final = _function("off")
jux: Final = _function("jux")
jux_by: Final = _function("jux_by")
echo: Final = _function("echo")
stut: Final = _function("stut")
echo_with: Final = _function("echo_with")
ghost: Final = _function("ghost")
ghost_with: Final = _function("ghost_with")
interlace: Final = _function("interlace")
weave: Final = _function("weave")
stut_with: Final = _function("stut_with")

# Arithmetic
add: Final = _function("add")
sub: Final = _function("sub")
mul: Final = _function("mul")
div: Final = _function("div")
mod: Final = _function("mod")
pow_: Final = _function("pow", "pow_")
keep: Final = _function("keep")
keepif: Final = _function("keepif")
lt: Final = _function("lt")
gt: Final = _function("gt")
lte: Final = _function("lte")
gte: Final = _function("gte")
eq: Final = _function("eq")
ne: Final = _function("ne")
and_: Final = _function("and_")
or_: Final = _function("or_")
band: Final = _function("band")
bor: Final = _function("bor")
bxor: Final = _function("bxor")
blshift: Final = _function("blshift")
brshift: Final = _function("brshift")
range_: Final = _function("range", "range_")
rangex: Final = _function("rangex")
range2: Final = _function("range2")
from_bipolar: Final = _function("from_bipolar")
to_bipolar: Final = _function("to_bipolar")
round_: Final = _function("round", "round_")
floor: Final = _function("floor")
ceil: Final = _function("ceil")
quantise: Final = _function("quantise")
qfloor: Final = _function("qfloor")
qceil: Final = _function("qceil")
log2: Final = _function("log2")
ratio: Final = _function("ratio")
smooth: Final = _function("smooth")
as_number: Final = _function("as_number")

# Chance
degrade_by: Final = _function("degrade_by")
degrade: Final = _function("degrade")
undegrade_by: Final = _function("undegrade_by")
undegrade: Final = _function("undegrade")
degrade_by_with: Final = _function("degrade_by_with")
sometimes_by: Final = _function("sometimes_by")
sometimes_by_pre: Final = _function("sometimes_by_pre")
sometimes: Final = _function("sometimes")
often: Final = _function("often")
rarely: Final = _function("rarely")
almost_always: Final = _function("almost_always")
almost_never: Final = _function("almost_never")
always: Final = _function("always")
never: Final = _function("never")
some_cycles_by: Final = _function("some_cycles_by")
some_cycles: Final = _function("some_cycles")
somecycles_by: Final = some_cycles_by
somecycles: Final = some_cycles
choose2: Final = _function("choose2")
seed: Final = _function("seed")
reroll: Final = _function("reroll")
jitter: Final = _function("jitter")

# Choices
pick: Final = _function("pick")
pickmod: Final = _function("pickmod")
pick_out: Final = _function("pick_out")
pickmod_out: Final = _function("pickmod_out")
pick_restart: Final = _function("pick_restart")
pickmod_restart: Final = _function("pickmod_restart")
pick_reset: Final = _function("pick_reset")
pickmod_reset: Final = _function("pickmod_reset")
inhabit: Final = _function("inhabit")
inhabitmod: Final = _function("inhabitmod")
select: Final = _function("select")
pick_f: Final = _function("pick_f")
pickmod_f: Final = _function("pickmod_f")
spread: Final = _function("spread")
fastspread: Final = _function("fastspread")
pick_squeeze: Final = _function("pick_squeeze")
pickmod_squeeze: Final = _function("pickmod_squeeze")
slowspread: Final = _function("slowspread")

# Steps
pace: Final = _function("pace")
expand: Final = _function("expand")
contract: Final = _function("contract")
extend: Final = _function("extend")
replicate: Final = _function("replicate")
take: Final = _function("take")
drop: Final = _function("drop")
steptake: Final = _function("steptake")
stepdrop: Final = _function("stepdrop")
shrink: Final = _function("shrink")
grow: Final = _function("grow")
steps: Final = _function("steps")

# Pitch
scale: Final = _function("scale")
to_scale: Final = _function("to_scale")
scale_transpose: Final = _function("scale_transpose")
raise_degree: Final = _function("raise_degree")
transpose: Final = _function("transpose")
octave: Final = _function("octave")
arp: Final = _function("arp")
rolled_by: Final = _function("rolled_by")
rolled: Final = _function("rolled")
voicing: Final = _function("voicing")
anchor: Final = _function("anchor")
mode: Final = _function("mode")
offset: Final = _function("offset")
root_notes: Final = _function("root_notes")
trans: Final = _function("trans")

# Samples
chop: Final = _function("chop")
striate: Final = _function("striate")
slice_: Final = _function("slice", "slice_")
splice: Final = _function("splice")
fit_sample: Final = _function("fit_sample")
loop_at: Final = _function("loop_at")

# Values, events and controls
fmap: Final = _function("fmap")
filter_: Final = _function("filter", "filter_")
filter_values: Final = _function("filter_values")
filter_when: Final = _function("filter_when")
onsets_only: Final = _function("onsets_only")
discrete_only: Final = _function("discrete_only")
apply: Final = _function("apply")
set_: Final = _function("set", "set_")
control: Final = _function("control")
as_: Final = _function("as_")
glide: Final = _function("glide")


class ControlFunction(Function):
    """A control as a function: makes a pattern of controls, which can be played or laid over another one."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Make a pattern of controls of what was typed."""
        if options or not arguments:
            check_count(self.__name__, len(arguments) + len(options), 1, 1, self)
        made = Pattern.of(arguments[0] if len(arguments) == 1 else list(arguments))
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
