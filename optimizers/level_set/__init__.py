"""Which part of a space lies beyond a level, and how much of the space is known well enough to say so."""
