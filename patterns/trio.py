"""A jazz trio that follows your chords: you comp, bass and drums listen and answer."""

from livecode import *

tempo(150)
grid("fine")  # swing falls between the frames; the band places it to the sample

# The trio. `drums` leaves them to the drummer; brushes are asked for in words.
p.trio >> prompt("{<'jazz trio, upright bass, brushes' 'hard bop, walking bass, ride cymbal'>/16}").glide(2 * bar)

# A tune's worth of changes, sixteen bars. Change a chord, and the bass walks there in the next half bar.
changes = """<
    d3'min7 g3'dom7   c3'maj7 a2'dom7
    d3'min7 g3'dom7   e3'min7 a2'dom7
    f3'maj7 f3'min7   e3'min7 a2'dom7
    d3'min7 g3'dom7   c3'maj7 [a2'dom7 g2'dom7]
>"""

# Your left hand: Charleston in the first bar, ahead of the beat in the second.
p.comp >> note(changes).struct("<[1 ~ ~ 1 ~ ~ ~ ~] [~ ~ ~ 1 ~ ~ ~ 1]>").legato(0.6).velocity(0.55).voice("piano")

# Your right hand: a motif that is played, turned round, and played higher.
motif = note("<[~ a4 c5 d5] [e5@3 ~] [~ g4 b4 d5] [c5@2 ~ ~]>").voice("sax").velocity(perlin.range(0.5, 0.8))
p.tune >> motif.every(4, rev).every(8, add(12)).mask("<1 1 0 1>/4")

# The drummer leaves the last four bars of every sixteen to you.
master(drums="<-1 -1 -1 0>/4", temperature="<1 1 1.3 1.6>/4")
