"""Shows budgets: what would flood the band is refused when it is typed, with the part that is to blame."""

from livecode import *
from livecode.errors import PatternError

d1 >> prompt("drum and bass, sub bass, amen break")

# Ten thousand events a cycle are plenty. More are refused at once; what the player had plays on.
d2 >> hit("bd [~ bd] sd ~, hh*16").velocity("0.8 0.5")
for slip in (hit("hh*16").fast(1000), hit("hh*16").ply(800), hit("hh*99999999999")):
    try:
        d2 >> slip
    except PatternError as error:
        print(f"refused: {error}")

# As dense as it gets and still music: a roll that fills the bar's last beat.
d3 >> hit("~ ~ ~ sd*32").velocity(saw.range(0.1, 0.6)).mask("<0 0 0 1>")
