"""The home of the step on Apple's mlx: the official `.mlxfn` files, one call a frame."""
