"""Magenta RealTime 2: one engine with two homes for its step, mlx and cpu."""
