"""A morph through five decades: one tune, sixteen bars in each, carried from a jukebox to a laptop."""

from livecode import *

tempo(125)

# The colour of each decade; four bars of every sixteen lie between two of them.
bank(
    sixties="1965 soul, Motown, tambourine, hammond organ",
    seventies="1977 disco, strings, wah guitar",
    eighties="1984 synthwave, gated snare, analog arpeggio",
    nineties="1992 rave, piano house, breakbeat",
    noughties="2006 minimal techno, dry clicks",
)
p.decade >> prompt("{<sixties seventies eighties nineties noughties>/16}").glide(4 * bar)

# The tune that survives them all, each time on the instrument of the day.
tune = note("<[e4 ~ g4 a4] [b4@3 a4] [g4 ~ e4 d4] [e4@2 ~ ~]>")
p.tune >> tune.voice("<organ strings saw_lead piano pluck>/16").velocity(0.65).legato(0.8)

# Its chords are the same ones everybody used.
chords = note("<e3'min c3'maj g3'maj d3'maj>").legato(0.6).velocity(0.45)
p.chords >> chords.struct("<[1 ~ ~ 1 ~ ~ 1 ~] [1 ~ 1 ~ 1 ~ 1 ~]>/16")

# Hands clap through all of it.
p.hands >> hit("~ cp ~ cp").velocity("<0.4 0.5 0.7 0.6 0.3>/16")

master(guidance_style=1.8)
