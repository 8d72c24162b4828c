"""Onyxia Hub: JupyterHub with a service catalogue, S3 and Vault already wired."""

from onyxia_hub._version import __version__

__all__ = ["__version__"]
