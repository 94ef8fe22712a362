"""Performing experiments: the executor protocol and the built-in executors."""
