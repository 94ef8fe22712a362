"""Drivers: how the quantities of an instrument become bytes. A closed set; a rig file names one, never a module."""
