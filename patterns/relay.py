"""A relay: one melody goes from hand to hand, and nobody gives it back as it was."""

from livecode import *

tempo(93.75)

# Only what is written sounds: 127 semitones round each note are kept free, so nobody joins in.
master(jam_width=127)
p.room >> prompt("chamber music, harp, woodwinds")

# The melody, in steps of a scale: the first runner plays it as it is.
melody = "0 [2 4] <3 5> [4 2], ~ 7 ~ <6 8>"
p.first >> note(melody).scale("d:dorian").add(12).voice("<flute clarinet oboe>/4").legato(0.9)

# The second starts two beats later, turned round; the third, a bar later, at half the speed and an octave down.
p.second >> note(melody).scale("d:dorian").rev().late(0.5).voice("<vibes harp marimba>/4").velocity(0.5).pan(0.2)
p.third >> note(melody).scale("d:dorian").add(-12).slow(2).late(1).voice("<cello bass>/8").velocity(0.6).pan(0.7)

# Now and then a runner stumbles.
p.crowd >> hit("~ ~ ~ rim?").velocity(0.3)
