"""Two clocks: one figure, two players, one of them a hair faster. They part, and meet again after 32 bars."""

from livecode import *

tempo(125)

master(jam_width=127)
p.room >> prompt("marimba, minimal music")

# Twelve notes in a bar, so that each of them is a figure of its own when the other one has slipped by a step.
figure = note("e4 f#4 b4 c#5 d5 f#4 e4 c#5 b4 f#4 d5 c#5").legato(0.7)
p.left >> figure.voice("marimba").pan(0.15).velocity(0.75)
p.right >> figure.fast(33 / 32).voice("vibes").pan(0.85).velocity(0.75)

# The figure that only the two together play: its accents, picked out by a third.
p.echo >> note("<b5 c#6 f#5 d6>(5,12)").voice("kalimba").velocity(sine.range(0, 0.5).slow(32)).legato(0.4)

# A pulse to hold on to.
p.pulse >> hit("hh*12").velocity("0.3 0.15 0.15")
