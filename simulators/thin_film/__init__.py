"""Reactive sputtering of thin films: the physics, one world behind all instruments, and instruments that speak."""
