"""What can go wrong between a cluster, a basis and its average sign."""


class QuantumMonteCarloError(Exception):
    """Anything this simulator refuses or could not do."""


class UnusableCluster(QuantumMonteCarloError, ValueError):
    """The hopping, the interaction, the temperature or the filling do not describe a Hubbard cluster.

    `field` names the one that is wrong, as the cluster calls it.
    """

    def __init__(self, message: str, field: str = "hopping") -> None:
        super().__init__(message)
        self.field = field


class ClusterTooLarge(UnusableCluster):
    """The matrices of the cluster would not fit into memory."""


class UnusableBasis(QuantumMonteCarloError, ValueError):
    """The basis is unknown, has the wrong shape, or is not unitary."""


class UnusableSampling(QuantumMonteCarloError, ValueError):
    """The number of sweeps or a stored chain does not fit the run that was asked for."""


class NotErgodic(QuantumMonteCarloError):
    """The walker hardly left the sectors it started in, or never: what it measured is not the average."""


class StringTruncated(QuantumMonteCarloError):
    """The series needed more terms than the string of vertices holds: what was measured is biased."""


class UnusableImpurity(QuantumMonteCarloError, ValueError):
    """The interaction, the temperature or the band do not describe an impurity."""


class UnusableReport(QuantumMonteCarloError):
    """An external solver left no report, or one that cannot be understood."""
