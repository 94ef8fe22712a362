"""Instruments: links, drivers, rigs with interlocks, recipes. Knows nothing of the loop, and of no simulator."""
