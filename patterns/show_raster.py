"""Shows the raster: where onsets fall on the model's frames of 40 ms, before anything is heard."""

from livecode import *

# At 120 a sixteenth is 3.125 frames: the table says how early or late each hit is placed, and which tempo is true.
hats = hit("hh*16")
print(raster(hats, tempo=120))

# Triplets against sixteenths at 125: the sixteenths are on frames, the triplets as well.
cross = hit("rim*12, bd*16")
print(raster(cross, tempo=125))

# A phrase as an engine is told it: a row a frame, a column a pitch; 2 is struck, 1 held, -1 free.
told = raster(phrase("riff.mid"), 2, tempo=125).frames()
print(told.shape, "frames by pitches,", int((told == 2).sum()), "onsets")

tempo(125)
d1 >> prompt("minimal techno, dry")
d2 >> hats.velocity("0.6 0.3 0.4 0.3")
d3 >> cross.velocity(0.5).mask("<0 1>/2")
d4 >> phrase("riff.mid").voice("pluck").velocity(0.5)
