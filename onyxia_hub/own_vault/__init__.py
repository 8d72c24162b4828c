"""Somebody's own directory in Vault, for the hub's pages and for what it keeps for them there."""

from onyxia_hub.own_vault.asking import end_own_access
from onyxia_hub.own_vault.directory import OwnVault
from onyxia_hub.own_vault.git import KeptForGit

__all__ = ["KeptForGit", "OwnVault", "end_own_access"]
