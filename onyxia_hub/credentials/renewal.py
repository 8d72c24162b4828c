"""All credentials of one running service, renewed at once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from onyxia_hub.credentials.base import Credentials, Held, Identity, Provider
from onyxia_hub.credentials.outcome import Outcome, outcome_of

__all__ = ["Renewal", "renew"]


@dataclass(frozen=True, slots=True)
class Renewal:
    """What came of it.

    Parameters
    ----------
    outcomes
        By provider; those of which the service holds nothing are left out.
    env, files
        What the service must have instead of what it holds.
    """

    outcomes: Mapping[str, Outcome]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def renewed(self) -> dict[str, Credentials]:
        """What was renewed, by provider."""
        return {
            name: outcome
            for name, outcome in self.outcomes.items()
            if isinstance(outcome, Credentials)
        }


async def renew(
    providers: Sequence[Provider],
    identity: Identity,
    held: Held,
    *,
    names: Collection[str],
    service: str,
) -> Renewal:
    """Ask the providers, all at once.

    Parameters
    ----------
    providers
        The site's providers.
    identity
        Who the credentials are for.
    held
        What the service has.
    names
        Which providers to ask.
    service
        Name of the service.
    """
    asked = [provider for provider in providers if provider.name in names and provider.holds(held)]
    found = await asyncio.gather(
        *(
            outcome_of(provider, partial(provider.renew, identity, held, service=service))
            for provider in asked
        )
    )
    outcomes: dict[str, Outcome] = {
        provider.name: outcome for provider, outcome in zip(asked, found, strict=True)
    }
    env: dict[str, str] = {}
    files: dict[str, str] = {}
    for outcome in outcomes.values():
        if isinstance(outcome, Credentials):
            env |= outcome.env
            files |= outcome.files
    return Renewal(outcomes=outcomes, env=env, files=files)
