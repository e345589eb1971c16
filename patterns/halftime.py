"""Drum and bass with a half-time break: twelve bars run, four bars fall."""

from livecode import *

tempo(174)
grid("fine")  # at 174 sixteenths fall between the frames; band and kit place them to the sample

# Twelve bars of running, four of falling; the colour turns with the drums.
p.run >> prompt("liquid drum and bass, reese bass, warm pads").weight("<1 1 1 0>/4").glide(1 * beat)
p.fall >> prompt("deep dubstep, halftime, sub bass").weight("<0 0 0 1>/4").glide(1 * beat)

roll = hit("bd ~ ~ ~ sd ~ ~ bd ~ bd ~ ~ sd ~ ~ ~, hh*8, [~ ~ ~ ~ ~ ~ ~ sd?0.6]*2")
half = hit("bd ~ ~ ~ ~ ~ ~ bd sd ~ ~ ~ ~ ~ [bd bd] ~, hh(5,16), ~ ~ ~ oh?")
p.drums >> arrange((11, roll), (1, hit("sd*8, bd*2").velocity(saw.range(0.3, 1))), (4, half)).velocity(
    "0.9 0.6 0.8 0.7"
)

# Two chords for the run; the fall hangs on to the last one.
p.pad >> note("<f3'min9 db3'maj9>/2").velocity(0.4).legato(0.95).mask("<1 1 1 0>/4")

# A call from far away, once in eight bars, and what comes back of it.
p.call >> note("<[c5 ~ ab4 ~ ~ ~ f4 ~] ~!7>").voice("rhodes").off(3 / 16, gain(0.5)).off(6 / 16, gain(0.25))

# The drums you hear are yours, not too loud; the band keeps to bass and chords.
master(drums=0, kit_level=0.6, temperature="<0.9 0.9 0.9 1.3>/4")
