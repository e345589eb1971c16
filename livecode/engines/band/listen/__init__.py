"""A sound file to a Reading: features, a soft prior over families, hints."""
