"""Exact Gaussian-process optimization of a few parameters, light enough to answer in milliseconds."""
