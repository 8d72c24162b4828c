"""What somebody copies to reach their S3, Vault or cluster from anywhere. Pure functions.

Each module makes the snippets of one store, from facts that already hold fresh credentials.
"""

from onyxia_hub.snippets.snippet import Snippet

__all__ = ["Snippet"]
