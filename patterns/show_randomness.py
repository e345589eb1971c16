"""Shows randomness by key: the same every time, left alone by edits elsewhere, shared by name, rolled anew."""

from livecode import *

d1 >> prompt("broken beat, rhodes, dusty drums")

# Which hats fall out hangs on the set's seed, the player and the place of the `?`: not on any other line.
d2 >> hit("hh*16?0.4").velocity(rand.range(0.3, 0.7))

# By name, two players draw the same numbers: the rim strikes exactly where the low tom does.
d3 >> hit("rim*8?0.6").seed("ghosts").velocity(0.5)
d4 >> hit("lt*8?0.6").seed("ghosts").velocity(0.3)

# Other draws for the same line; `reroll(2)`, `reroll(3)` and so on are others again.
d5 >> hit("cb*8?0.7").reroll(2).velocity(0.3)

# A melody by chance that every evaluation of this file plays the same.
d6 >> n(irand(8).segment(8)).scale("c4:minor:pentatonic").degrade_by(0.3).legato(0.7).velocity(0.5)
