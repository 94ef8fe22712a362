"""The physics. Knows nothing of the loop."""
