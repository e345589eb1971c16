"""Shows phrases: a MIDI file and a written tune, fitted, turned round, moved, quantised, squeezed into other events."""

from livecode import *

d1 >> prompt("small jazz band, upright bass, brushes")

# A file is as long as its bars; here its eight beats take one bar and then two, now and then backwards.
riff = phrase("riff.mid")
d2 >> riff.fit("<1 2>").sometimes_by(0.3, rev).voice("sax")

# Written down: a step is a beat, `@` says how many; this tune has seven beats and drifts against the bar.
tune = phrase("c4 eb4@0.5 f4@0.5 ~ g4@2 bb4@0.5 g4@0.5 f4")
d3 >> tune.rev().transpose("<0 0 -5>").legato(0.8).velocity(0.5).voice("vibes")

# The whole riff in each stroke of a rhythm, and its first half as an echo.
d4 >> riff.squeeze("~ ~ 1 ~").transpose(12).velocity(0.4).mask("<0 1>/4")
d5 >> riff.part(0, 4).quantise(0.5 * beat).fit(1).late(0.25).velocity(0.3).mask("<0 0 1>/2")

# Any pattern becomes a file again: `tune.to_midi("tune.mid", bars=8)`.
d6 >> hit("rd*4, ~ hh ~ hh").velocity(0.4)
