"""The generator: the process that receives, schedules, conditions, steps, mixes and plays."""
