"""The version, read by the build and by ``onyxia-hub --version``."""

__version__ = "0.1.0"
