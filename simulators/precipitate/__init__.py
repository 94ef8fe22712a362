"""The shape of a coherent precipitate: elastic energy of a misfitting spheroid against the energy of its interface.

- `eshelby`: Eshelby's tensor of a spheroid in an isotropic matrix
- `energy`: elastic and interface energy of a spheroid, by its aspect ratio
- `shape`: the aspect ratio of lowest energy
- `discrepancy`: how far computed shapes are from observed ones
"""
