"""An ambient hour: six skies of ten minutes, tides that never meet again. Play it and leave the room."""

from livecode import *

tempo(62.5)

# A bar lasts 3.84 seconds: 156 of them make ten minutes, 936 the hour. Each sky takes two minutes to arrive.
bank(
    night="deep space ambient drone",
    ice="glacier, bowed metal, singing bowls",
    dawn="warm analog pads, slow evolving textures",
    noon="choir in a cathedral, very soft",
    dusk="felt piano, long reverb, very slow",
    rain="granular clouds of sound, rain forest at night",
)
p.sky >> prompt("{<night ice dawn noon dusk rain>/156}").glide(32 * bar)

# A second sky behind it, on a tide of 55 bars.
p.tide >> prompt("{<dusk night rain ice>/89}").glide(21 * bar).weight(sine.range(0, 0.7).slow(55))

# Four bells of 5, 7, 8 and 13 bars: they strike together after four hours.
p.bell1 >> note("<d5 ~!4>").velocity(0.30).legato(0.9).voice("bells").pan(0.25)
p.bell2 >> note("<~!2 a4 ~!4>").velocity(0.35).legato(0.9).voice("singing_bowl").pan(0.75)
p.bell3 >> note("<~!3 e5 ~!4>").velocity(0.25).legato(0.9).voice("glockenspiel").pan(0.6)
p.bell4 >> note("<~ d4 ~!11>").velocity(0.40).legato(4).voice("cello").pan(0.4)

# No drums, and a mind that wanders once in half an hour.
master(drums=0, temperature=sine.range(0.6, 1.5).slow(468), level=sine.range(0.7, 1).slow(34))
