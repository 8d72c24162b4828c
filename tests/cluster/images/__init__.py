"""The images that tests run on the cluster, built from helm/images without a registry."""

from tests.cluster.images.provide import provide, save
from tests.cluster.images.recipes import NAMES, tag

__all__ = ["NAMES", "provide", "save", "tag"]
