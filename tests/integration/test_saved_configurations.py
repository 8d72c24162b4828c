"""Saved configurations in a real OpenBao, in the name of a real login."""

from __future__ import annotations

import asyncio

import pytest

from onyxia_hub.errors import (
    ConfigurationExists,
    ConfigurationGone,
    ConfigurationNameInvalid,
    ConfigurationsFull,
)
from onyxia_hub.own_vault import OwnVault
from onyxia_hub.saved_configurations import MOST, SECRET, SavedConfigurations, checked_name
from tests.support.own_login import OwnLogin, settings_with

OPTIONS = {"profile": "notebook", "env": {"KEY": "secret"}}


@pytest.fixture
async def vault(platform):
    made = OwnVault(OwnLogin(platform, "alice"), object(), settings_with(platform.vault_settings()))
    await made.destroy(SECRET)
    return made


@pytest.fixture
def saved(vault):
    return SavedConfigurations(vault)


async def test_they_are_kept_replaced_and_deleted_by_name(saved):
    assert await saved.all() == {}
    assert await saved.save("Été 2026", OPTIONS, replace=False) is True
    with pytest.raises(ConfigurationExists, match="nothing was saved"):
        await saved.save("Été 2026", {"profile": "other"}, replace=False)
    assert await saved.get("Été 2026") == OPTIONS
    assert await saved.save("Été 2026", {"profile": "other"}, replace=True) is False
    assert await saved.get("Été 2026") == {"profile": "other"}
    await saved.save("a", OPTIONS, replace=False)
    assert list(await saved.all()) == ["a", "Été 2026"]
    await saved.delete("a")
    for again in (saved.delete("a"), saved.get("a")):
        with pytest.raises(ConfigurationGone, match="“a”"):
            await again


async def test_two_tabs_that_save_at_once_lose_nothing(saved):
    await asyncio.gather(*(saved.save(name, OPTIONS, replace=False) for name in ("one", "two")))
    assert list(await saved.all()) == ["one", "two"]


async def test_there_is_an_end_to_them(saved, vault):
    await vault.write(SECRET, {f"c{number}": OPTIONS for number in range(MOST)})
    with pytest.raises(ConfigurationsFull, match=f"than {MOST}"):
        await saved.save("one more", OPTIONS, replace=False)
    await saved.save("c0", {"profile": "other"}, replace=True)
    with pytest.raises(ConfigurationsFull, match="KiB"):
        await saved.save("c0", {"profile": "x", "init_script": "x" * 400_000}, replace=True)
    assert await saved.get("c0") == {"profile": "other"}


async def test_what_another_tool_wrote_there_is_no_configuration(saved, vault):
    await vault.write(SECRET, {"text": "no options"})
    with pytest.raises(ConfigurationGone):
        await saved.get("text")


@pytest.mark.parametrize("name", ["", " a", "a/b", "<b>", "_a", "a" * 51, "a\n"])
def test_a_name_that_is_none_is_refused_with_the_rule(name):
    with pytest.raises(ConfigurationNameInvalid, match="with a letter or a digit first"):
        checked_name(name)
