"""Hubbard clusters in rotated one-particle bases, and the average sign of quantum Monte Carlo in each of them.

- `cluster`: the model: hopping, interaction, temperature, filling
- `bases`: one-particle bases by name, by angles, at random
- `hamiltonian`: the many-particle matrices of a cluster in a basis
- `exact`: every quantity by exact diagonalisation
- `vertices`, `chain`, `sampling`: the stochastic series expansion that measures the same quantities
- `self_learning`: what a sampler may learn and keep, for moves that an exact rule accepts
- `hybridization`: an impurity for an external continuous-time solver
- `screening`: bases ranked before any Monte Carlo, and the two pictures of the guide
"""
