"""The steps of a recipe, one file per step. The set is closed: a recipe names a step, never a module."""
