"""Shows units: beats, bars, seconds and frames wherever a time is taken, exact at any tempo."""

from livecode import *

tempo(112)

# Glides in bars, echoes in beats, a flam in frames of 40 ms, a delay in seconds that no tempo changes.
d1 >> prompt("{<'slow dub' 'steppers, melodica'>/8}").glide(2 * bar)
d2 >> hit("~ sd ~ sd").superimpose(lambda own: own.late(2 * frame).gain(0.4))
d3 >> hit("rim(3,8)").off(0.75 * beat, gain(0.5)).off(0.35 * second, gain(0.3))
d4 >> note("<c2 eb2 f2 g2>(5,16)").duration(0.25 * beat).late(1 * frame)

# A phrase of two bars, and one that lasts four seconds whatever the tempo is.
d5 >> phrase("riff.mid").fit(2 * bar).velocity(0.4).mask("<0 1>/4")
d6 >> phrase("c5 g4 eb4 f4").fit(4 * second).velocity(0.3)

d7 >> hit("bd*2, hh*8").velocity(0.6)
