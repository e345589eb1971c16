"""Magenta RealTime 2 small on any CPU: our own graphs, on onnxruntime, below the step."""
