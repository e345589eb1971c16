"""The Jupyter kernel of livecode."""
