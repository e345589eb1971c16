"""Carnival: six drums that count differently, until nobody counts any more."""

from livecode import *

tempo(125)

bank(
    rio="samba batucada, surdo",
    lagos="afrobeat, horns, shekere",
    havana="salsa piano, congas",
    cali="cumbia, accordion",
)
p.street >> prompt("{<rio lagos havana cali>/8}").glide(2 * bar)

# Euclid's drums: so many strokes, spread as evenly as they go over so many steps.
p.surdo >> hit("bd(<2 3>,8)").velocity("0.9 0.6")
p.caixa >> hit("sd(7,16,<0 2>)").velocity(perlin.range(0.3, 0.7))
p.bell >> hit("cb(5,<8 12>/2)").velocity(0.4).pan(0.7)
p.toms >> hit("<lt mt ht mt>(3,8,<0 2 4>)").velocity(0.55).pan(0.3)
p.hats >> hit("hh*<8 8 16 12>").velocity(saw.range(0.2, 0.5).fast(4))
p.clap >> hit("cp(3,8,1)").velocity(0.4).sometimes_by(0.3, fast(2)).mask("<0 1>/4")

# Brass calls every other bar; everybody answers a third below.
p.brass >> note("<[g4 g4 [~ bb4] c5] ~>").voice("brass").legato(0.5).off(1, add(-4))
p.bass >> note("<c2 f2 g2 f2>(3,8)").voice("bass").legato(0.7)

# Eight bars to warm up, eight to forget oneself.
master(temperature="<0.8 1 1.4 1.8>/4", kit_level=0.6)
