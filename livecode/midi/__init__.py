"""MIDI in and out: ports that may come and go, keys and knobs, a clock to follow, notes at the time they are heard."""
