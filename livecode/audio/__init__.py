"""The sound path behind the engine: mixer, kit, limiter, sinks, recorder, meters."""
