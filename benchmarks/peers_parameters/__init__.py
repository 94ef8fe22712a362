"""Optimizers of parameter spaces behind one protocol, so that all of them solve the same problems."""
