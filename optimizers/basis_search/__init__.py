"""The search for an orthonormal basis: a Gaussian process that knows the symmetry, then simplexes in a tournament."""
