"""The band: the embedded engine. Procedural, not a neural model."""
