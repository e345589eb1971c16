"""Rain on tape: lo-fi for a long letter. Late drums, four soft chords, a mistake that stays in."""

from livecode import *

tempo(75)

p.room >> prompt("lo-fi hip hop, dusty rhodes, vinyl crackle")
p.window >> prompt("rain, ambient pads").weight(perlin.range(0, 0.5).slow(4))

# Drums that drag: the snare comes a sixty-fourth late, the hats swing.
p.kick >> hit("bd ~ [~ bd] ~ ~ bd? ~ ~").velocity(0.8)
p.snare >> hit("~ sd").fast(2).late(1 / 64).velocity(0.6)
p.hats >> hit("hh [~@2 hh]").fast(4).velocity("0.4 0.25 0.35 0.2").degrade_by(0.15)

# ii-V-I-VI, rolled like a hand does it.
p.keys >> note("<d3'min9 g3'dom7 c3'maj9 a2'min7>").legato(0.9).velocity(0.45).voice("rhodes")

# Five notes to choose from; what comes up is kept for four bars.
p.tune >> note("{a4 c5 d5 e5 g5 ~ ~}%4").sometimes_by(0.4, rev).degrade_by(0.3).voice("vibes").velocity(0.4)

# The mistake.
p.mistake >> note("<~!7 [~ ~ ~ eb5]>").voice("rhodes").velocity(0.3)

master(temperature=0.8, drums=0, kit_level=0.7)
