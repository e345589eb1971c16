"""The pattern language: pure functions of time, importing only controls and frames."""
