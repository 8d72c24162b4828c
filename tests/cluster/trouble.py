"""What can go wrong with the test cluster, as a sentence for whoever runs it."""

__all__ = ["ClusterTrouble"]


class ClusterTrouble(Exception):
    """The test cluster can't do what was asked; the message says why and what to do about it."""
