"""A set in one line: five rooms of one house, four bars each, with the doors open."""

from livecode import *

d1 >> prompt("{<'dub techno' 'deep house, rhodes' 'broken beat jazz' 'disco strings' 'rain'>/4}").glide(1 * bar)
