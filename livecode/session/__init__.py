"""What a performer holds: players, master controls, bank, horizon, undo, set log."""
