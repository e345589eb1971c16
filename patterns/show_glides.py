"""Shows glides: how long a prompt, a weight or a control takes to its new value, in any unit and on any curve."""

from livecode import *

# Each of these prompts takes a bar to arrive, and begins slowly.
d1 >> prompt("{<'warm pads' 'glass organ' 'tape choir'>/4}").glide(1 * bar, "slow")

# In notation: two beats to the second, a whole bar to the third, smoothly.
d2 >> prompt("{['deep house' ->2 'minimal techno' ->1bar:smooth 'dub']/8}").weight(0.7)

# A weight that glides, and one that is a curve all the time.
d3 >> prompt("disco strings").weight("<0 0.8>/2").glide(2 * beat)
d4 >> prompt("rain on the window").weight(sine.range(0, 0.5).slow(16))

# Controls glide as well; lengths may be seconds.
master(temperature="<0.9 1.3>/4", glide=2)
d5 >> hit("bd*4, [~ sd]*2").velocity(perlin.range(0.4, 0.9))
