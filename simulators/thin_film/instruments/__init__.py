"""Instruments that speak: each takes the bytes a real one takes and answers the bytes a real one answers."""
