"""Shows explanations: which characters, changes and draws made each event, its cost, and what a new version changes."""

from livecode import *

d1 >> prompt("funk, clavinet, tight drums")

beats = hit("bd [~ bd?0.3] sd ~").every(2, fast(2))
d2 >> beats

# Cycle 3, event by event: the characters underlined, the functions in order, the random numbers with what they decided.
print(explain(beats, 3))

# Against an older version: `+` is new, `-` is gone, `~` has another value or length.
better = hit("bd [~ bd] sd [~ hh]").every(2, fast(2))
print(explain(better, 3, beats))
d3 >> better.mask("<0 1>/4").velocity(0.5)

# A player explains itself by name, with its own draws: explain(d2, 3).
d4 >> note("<c3'min7 f3'dom7>(3,8)").legato(0.4).velocity(0.5)
