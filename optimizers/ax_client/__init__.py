"""Ax behind the protocol of an optimizer: rebuilt from the history at every ask, so that nothing is lost in between."""
