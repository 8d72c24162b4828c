"""The options form as the spawner gives it to JupyterHub."""

import pytest


@pytest.mark.parametrize(
    "saved",
    [
        {"profile": "gone"},
        {"profile": "tiny", "image": "gone"},
        {"profile": "tiny", "image": ["one"], "memory_limit": {}},
        {"profile": ["tiny"]},
    ],
)
@pytest.mark.parametrize("templates", [None, []])
async def test_saved_options_that_no_longer_fit_do_not_break_the_form(make, saved, templates):
    spawner = make()
    if templates is not None:
        spawner.additional_profile_form_template_paths = templates
    spawner.user_options = saved

    assert 'value="tiny"' in await spawner.get_options_form()


async def test_the_form_shows_what_the_user_may_launch_and_can_be_the_stock_one(make):
    ours = await make().get_options_form()
    assert 'id="options-tiny"' in ours
    assert "data-onyxia-launch" in ours
    stock = await make(additional_profile_form_template_paths=[]).get_options_form()
    assert "data-onyxia-launch" not in stock
    assert 'name="profile-option-tiny--memory_limit"' in stock
