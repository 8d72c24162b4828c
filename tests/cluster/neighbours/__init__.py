"""The hub's neighbours for tests on a cluster, as processes of this machine that pods reach.

``python -m tests.cluster.neighbours up`` starts Keycloak, OpenBao and SeaweedFS and writes
``neighbours.json``; `read_facts` reads it, `settings_for_hub` makes settings of it.
"""

from tests.cluster.neighbours.facts import Facts, facts_file, read_facts, settings_for_hub

__all__ = ["Facts", "facts_file", "read_facts", "settings_for_hub"]
