"""What can be wrong with raw data and their analysis."""


class AnalysisError(Exception):
    """An analysis step cannot do its work on this record. That says nothing about the parameters of the trial."""


class UnusableRecord(AnalysisError):
    """A record is missing, damaged, or lacks what an analysis step needs."""
