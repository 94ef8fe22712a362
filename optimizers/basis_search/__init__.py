"""The search for an orthonormal basis: a Gaussian process that knows the symmetry, then simplexes that climb."""
