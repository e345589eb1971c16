"""Shows values from outside: faders by OSC, the mouse, keys, a function of your own, and what each is until then."""

from livecode import *

# oscsend 127.0.0.1 57130 /livecode/input sf fader 0.9
d1 >> prompt("warm pads, slow chords").weight(osc_in("fader", 0.6))
d2 >> prompt("tape choir").weight(osc_in("fader", 0.6).range(1, 0))

# The mouse, from a notebook's scope() or by OSC: left to right it dares more.
master(temperature=mousex.range(0.8, 1.4))

# oscsend 127.0.0.1 57130 /livecode/input si key:x 1 : twice as fast while the key is down.
d3 >> hit("bd*4, [~ sd]*2, hh*8").when(key_down("x"), fast(2))

# /livecode/input scene 1 takes the second line, root 3 moves both up.
lines = ["c3 eb3 g3 bb3", "ab2 c3 eb3 g3"]
d4 >> note(c_i(0, "scene").pick(lines)).add(note(c_f(0, "root"))).legato(0.8).velocity(0.6)

# A function of your own is asked a moment before each beat.
strokes = 5
d5 >> hit("rim").euclid(ref(lambda: strokes), 16).gain(0.5)
