"""The reference pages, written from docstrings and from the tables of controls and OSC addresses."""
