"""Drawing: predictions, curves, galleries."""
