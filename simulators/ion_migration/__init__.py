"""Migration of Li and Na through tavorites A M X O4 Z.

- `family`: which compounds there are, by charge balance
- `prototypes`, `relaxation`: their structures, by least squares on bond valences
- `site_energy`, `percolation`, `barrier`: bond-valence site energies and the barriers they leave
- `descriptors`: what a model may know of a compound
- `survey`: the whole family in one table
- `optimistic_path`: the lowest path through a landscape of which few points are known
"""
