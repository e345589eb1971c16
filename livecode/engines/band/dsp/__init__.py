"""How the band makes sound: wavetables, lanes of voices, one-shots and effects, all in numpy."""
