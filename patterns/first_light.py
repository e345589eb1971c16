"""First light: a town wakes up. Pads before dawn, a choir, the first tram, then everybody dances. 32 bars."""

from livecode import *

# 125 bpm, where a set begins: a beat is 12 frames of 40 ms, so every sixteenth falls on a frame.
# Four prompts take turns, eight bars each; each one glides over two bars into the next.
bank(
    dawn="warm analog pads, slow and wide",
    choir="choir in a cathedral",
    tram="deep house, rhodes chords, rain on the window",
    sun="uplifting disco house, strings",
)
d1 >> prompt("{<dawn choir tram sun>/8}").glide(2 * bar)

# A second colour breathes in and out beside it, once in sixteen bars; it begins breathed out.
d2 >> prompt("disco funk, slap bass").weight(sine.range(0, 0.8).slow(16).late(4))

# Four chords, three strokes in eight: the band follows their harmony.
d3 >> note("<c3'min7 ab2'maj7 f3'min7 g3'min7>(3,8)").legato(0.5).velocity(0.5)

# The drummer counts in after eight bars, and doubles up in every fourth.
d4 >> hit("bd*4, [~ sd]*2, hh*8").every(4, fast(2)).mask("<0 1 1 1>/8").velocity("0.6 0.35 0.5 0.35")

# A tune of two bars, sometimes backwards.
d5 >> phrase("riff.mid").fit(2 * bar).sometimes(rev).mask("<0 1>/8")

# The band begins by repeating itself, and dares more with every bar.
master(temperature=saw.range(0, 2).slow(32))
