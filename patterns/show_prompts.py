"""Shows prompts as values: plain text with notation in braces, names, quotes, weights, and a sound among the words."""

from livecode import *

# Text is taken as it is, commas, quotes and all; only what stands in braces is notation.
d1 >> prompt("{<soft harsh>/2} piano, it's {<late early>/4}, 125 bpm")

# Names stand for longer texts; a text in quotes needs no name; a weight goes behind either.
bank(
    pads="warm analog pads, slow and wide",
    choir="choir in a cathedral",
    mood="{<dusty bright>/2} {<sunday monday>} morning",  # a name may hold braces of its own
    riff=audio("riff.ogg"),  # the music should be like this sound
)
d2 >> prompt("{<pads 'tape choir':0.7 choir [pads, choir:0.3]>/2}").weight(0.6)
d3 >> prompt("{mood}, vinyl crackle").weight("<0 0.5>/4")

# A sound takes turns with words; `~` is no opinion: the others have the say.
d4 >> prompt("{<~ riff ~ 'deep house'>/2}").weight(0.4)

d5 >> hit("bd*4, ~ sd ~ sd, hh*8").velocity("0.8 0.5 0.7 0.5")
