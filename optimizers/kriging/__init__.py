"""Kriging: an exact Gaussian process over a finite pool of candidates, in NumPy and SciPy only."""
