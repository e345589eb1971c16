"""From words and sounds to the 12 style codes that the model is told: MusicCoCa, blends, raw codes."""
