"""Somebody's own directory in Vault, for the hub's pages and for what it keeps for them there."""

from onyxia_hub.own_vault.asking import end_own_access
from onyxia_hub.own_vault.directory import OwnVault
from onyxia_hub.own_vault.folders import Moved, delete_folder, move, names_below
from onyxia_hub.own_vault.git import KeptForGit

__all__ = [
    "KeptForGit",
    "Moved",
    "OwnVault",
    "delete_folder",
    "end_own_access",
    "move",
    "names_below",
]
