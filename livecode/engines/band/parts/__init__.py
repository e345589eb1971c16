"""The players of the band: each plans a bar at a time from a style, and says what its notes are when they sound."""
