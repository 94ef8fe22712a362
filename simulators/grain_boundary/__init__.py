"""Energies and structures of symmetric tilt grain boundaries in face-centred cubic metals.

- `coincidence`: which boundaries exist, and their geometry in exact integers
- `translations`: the candidates, rigid translations of one grain against the other, with their symmetry
- `bicrystal`: atoms
- `potentials`: which interatomic potentials are known
- `calibration`: lattice parameter and cohesive energy, measured with the same potential and engine
- `energies`: the energy of a candidate in J/m²
"""
