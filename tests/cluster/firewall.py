"""Find and remove the rules and sets that the cluster's components put into the kernel.

kube-proxy has nftables tables of its own. kube-router, the kubelet and the network plugin share the
iptables tables with everybody else, so there only chains of theirs may go.
"""

import json
import re
import subprocess

from tests.cluster.commands import command

__all__ = ["our_chains", "our_sets", "our_tables", "remove_rules", "tables"]

CNI_COMMENT = r"name: \"onyxia\""
"""How the bridge plugin marks the rules of our network."""


def tables() -> set[str]:
    """Name the nftables tables, iptables' own among them.

    Returns
    -------
    set[str]
        As in ``ip filter``.
    """
    listed = command("nft", "list", "tables").splitlines()
    return {line.removeprefix("table ").strip() for line in listed}


def our_tables() -> list[str]:
    """Name the tables of kube-proxy.

    Returns
    -------
    list[str]
        As in ``ip kube-proxy``.
    """
    return sorted(table for table in tables() if table.endswith(" kube-proxy"))


def our_sets() -> list[str]:
    """Name the address sets of kube-router.

    Returns
    -------
    list[str]
        Each starts with ``KUBE-`` or ``inet6:KUBE-``.
    """
    names = command("ipset", "list", "-name").split()
    return [
        name for name in names if name.removeprefix("inet6:").startswith(("KUBE-", "kube-router-"))
    ]


def our_chains(program: str = "iptables") -> dict[str, list[str]]:
    """Name the chains of the cluster's components in the shared tables.

    Parameters
    ----------
    program
        ``iptables`` or ``ip6tables``.

    Returns
    -------
    dict[str, list[str]]
        Table to chains.
    """
    return {table: sorted(chains) for table, (chains, _) in _read(program).items() if chains}


def remove_rules(tables_before: set[str]) -> None:
    """Remove what `our_tables`, `our_chains` and `our_sets` name.

    Parameters
    ----------
    tables_before
        The tables that were there before the cluster: an emptied one of the others goes too.

    Raises
    ------
    ClusterTrouble
        The kernel refuses.
    """
    for table in our_tables():
        command("nft", "delete", "table", *table.split())
    for program in ("iptables", "ip6tables"):
        for table, (chains, jumps) in _read(program).items():
            if chains:
                lines = [
                    f"*{table}",
                    # To declare a chain empties it, so that chains may refer to each other.
                    *(f":{chain} - [0:0]" for chain in sorted(chains)),
                    *(f"-D {jump}" for jump in jumps),
                    *(f"-X {chain}" for chain in sorted(chains)),
                    "COMMIT",
                ]
                command(f"{program}-restore", "--noflush", stdin="\n".join(lines) + "\n")
    for name in our_sets():
        command("ipset", "destroy", name)
    for table in tables() - tables_before:
        if _is_empty(table):
            command("nft", "delete", "table", *table.split())


def _read(program: str) -> dict[str, tuple[set[str], list[str]]]:
    # Table to our chains, and to the rules of other chains that lead into one of ours.
    saved = subprocess.run([f"{program}-save"], capture_output=True, text=True, check=False).stdout
    found: dict[str, tuple[set[str], list[str]]] = {}
    for part in saved.split("\n*")[1:] if not saved.startswith("*") else saved[1:].split("\n*"):
        table, *lines = part.splitlines()
        chains = {line[1:].split()[0] for line in lines if line.startswith(":")}
        rules = [line.removeprefix("-A ") for line in lines if line.startswith("-A ")]
        ours = {chain for chain in chains if chain.startswith("KUBE-")}
        for rule in rules:
            target = _target(rule)
            if CNI_COMMENT in rule:
                ours |= {chain for chain in (rule.split()[0], target) if chain.startswith("CNI-")}
        jumps = [rule for rule in rules if rule.split()[0] not in ours and _target(rule) in ours]
        found[table] = (ours, jumps)
    return found


def _target(rule: str) -> str:
    matched = re.search(r" -[jg] (\S+)", rule)
    return matched[1] if matched else ""


def _is_empty(table: str) -> bool:
    listed = json.loads(command("nft", "--json", "list", "table", *table.split()))["nftables"]
    kinds = {kind for entry in listed for kind in entry}
    own = [entry["chain"] for entry in listed if "chain" in entry and "hook" not in entry["chain"]]
    return not own and kinds <= {"metainfo", "table", "chain"}
