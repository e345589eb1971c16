"""Prompt text to a Reading: encoder, lexicon, spelling, direct words."""
