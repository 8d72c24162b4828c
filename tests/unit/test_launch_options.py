"""What JupyterHub does with options before a start, on each platform."""

import pytest

from onyxia_hub.errors import InvalidOption


async def test_options_reach_the_start_and_their_names_do_not_reach_the_log(make_on, caplog):
    forged = "x\n[I 2026-01-01 app:1] admin logged in"
    spawner = make_on({"profile": "tiny", forged: "1"})
    await spawner._run_apply_user_options(spawner.user_options)
    assert caplog.messages == []
    # Whoever made them is told by the check that every start begins with.
    with pytest.raises(InvalidOption):
        await spawner.prepare_launch()
    assert not [line for message in caplog.messages for line in message.splitlines()[1:]]


async def test_a_site_s_own_hook_still_runs(make_on):
    spawner = make_on({"profile": "tiny"})
    seen = []
    spawner.apply_user_options = lambda _, options: seen.append(options)
    await spawner._run_apply_user_options(spawner.user_options)
    assert seen == [{"profile": "tiny"}]
