"""Dub techno that breathes: nothing starts and nothing stops, all of it swells and sinks."""

from livecode import *

tempo(125)

# Three colours, each on a breath of its own: 8, 12 and 20 bars, so that no two bars are blended alike.
p.deep >> prompt("dub techno, deep chords, tape echo").weight(sine.range(0.5, 1).slow(8))
p.mist >> prompt("ambient pads, vinyl hiss, distant rain").weight(sine.range(0.1, 0.8).slow(12))
p.iron >> prompt("hypnotic minimal techno, rumble").weight(sine.range(0, 0.6).slow(20))

# The one chord of the piece, a different stroke of it each bar; loud when the breath is full.
p.chord >> note("<[~ d3'min7 ~ ~] [~ ~ [~ d3'min7] ~] [~ [d3'min7 ~] ~ d3'min7]>").legato(0.3).velocity(
    sine.range(0.35, 0.9).slow(8)
)

# Sixteen bars without a bass drum, then it is there as if it had always been.
p.kick >> hit("bd*4").mask("<0 1 1 1>/16").velocity(0.8)
p.hats >> hit("[~ hh]*4, ~ ~ ~ [~ oh?]").velocity(perlin.range(0.25, 0.6))
p.rim >> hit("rim(<3 5>/4,16)").velocity(0.35).sometimes(early(1 / 16)).pan(sine.range(0.3, 0.7).slow(3))

# The air itself: how much the music dares goes round once in a minute. The drums stand a step behind it.
master(temperature=sine.range(0.7, 1.3).slow(32), kit_level=0.7)
