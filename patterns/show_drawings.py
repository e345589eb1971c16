"""Shows how patterns look: each prints as its first cycle, and draws itself for a notebook or a file."""

from livecode import *

chords = note("<c3'min7 f3'min7>(3,8)").legato(0.5).velocity(0.5)
drums = hit("bd*4, [~ sd]*2, hh*8").every(4, fast(2))
colours = prompt("{<'warm pads' 'tape choir'>/2}").glide(1 * bar).weight(sine.slow(4))

# What it does in its first cycle, as notation where it can be written so.
for pattern in (chords, drums, colours):
    print(pattern)

# Four cycles as SVG: prompts as bands with their glides, notes as a roll, hits in rows, weights as curves.
picture = stack(chords, drums, colours).draw(4)
print(picture, f"{picture.width:g} by {picture.height:g} pixels; picture.svg is the file's text")

d1 >> colours
d2 >> chords
d3 >> drums
