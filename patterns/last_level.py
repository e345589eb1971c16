"""Last level: a chiptune boss fight in three phases, each with less time to think."""

from livecode import *

tempo(187.5)  # eight frames a beat: fast, and every sixteenth still falls on a frame

p.game >> prompt("{<'chiptune 8-bit adventure' 'chiptune boss fight, fast and dark' 'epic metal, double kick'>/8}")

# Chords that one square wave has to play alone: as arpeggios, faster in each phase.
p.arp >> note("<a4'min f4'maj g4'maj e4'maj>").arp("up").fast("<2 4 8>/8").voice("chip").legato(0.5).velocity(0.55)
p.bass >> note("<a1 f1 g1 e1>*8").voice("square_lead").legato(0.6).velocity(0.6)

# Three lives.
p.hero >> note("<[a5 ~ e5 ~] [c6 b5 a5 ~] [g5 ~ d5 ~] [e5 g#5 b5 e6]>").mask("<0 1 1>/8").voice("chip").pan(0.35)

p.drums >> hit("<[bd ~ sd ~]*2 [bd bd sd ~]*2 [bd sd]*4>/8, hh*<8 16 16>/8").velocity(0.7)

# Hit, and the screen shakes: once every eight bars.
p.shake >> hit("<~!7 [sd*8, cr]>").velocity(saw.range(0.3, 1))

master(temperature="<0.7 1.1 1.7>/8", guidance_style=2.2)
