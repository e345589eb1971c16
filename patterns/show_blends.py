"""Shows the algebra of blends: they add, scale, mix, move into each other, and travel; shares always sum to one."""

from livecode import *

bank(pads="warm analog pads", choir="choir in a cathedral", rain="rain on a tin roof, field recording")

# Sums and multiples: twice as much of the first. What is printed is what the shares are.
dusk = 2 * blend("pads") + blend("choir")
night = blend(rain=0.7, choir=0.3)
print(dusk, "and", night)

# Names for blends, as for any prompt.
bank(dusk=dusk, night=night)
d1 >> prompt("{<dusk night>/8}").glide(1 * bar)

# From one blend into the other and back, with a signal; nothing jumps.
d2 >> prompt(lerp(dusk, night, sine.slow(8))).weight(0.5)

# A round trip of four bars a leg, resting a quarter of each leg at its stop.
d3 >> prompt(tour("techno, dry and dark", "disco, strings", dusk.mix(night), hold=0.25).slow(12))

d4 >> hit("bd*4, hh*8").gain(0.8)
