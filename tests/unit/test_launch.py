"""A launch before any program runs: options, login, credentials, progress, links."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from traitlets.config import Configurable

from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.errors import (
    InvalidOption,
    LoginExpired,
    LoginNotRefreshed,
    NeverLoggedIn,
    ProfileForbidden,
    ProviderUnreachable,
)
from onyxia_hub.launch import LaunchMixin
from onyxia_hub.manifests.command import command_script, expiry_text
from onyxia_hub.manifests.start import start_script
from onyxia_hub.phases import Phases
from onyxia_hub.settings import S3Settings
from onyxia_hub.shared import default_profiles
from tests.support.logins import token_of
from tests.support.spawning import LOGIN, Person, s3_and_vault, settings, write_profile


class _Base(Configurable):
    """The least of a spawner."""

    authenticator = None
    name = "lab"

    def clear_state(self):
        self.cleared = True


class _Launcher(LaunchMixin, _Base):
    api_token = "hub-token-of-the-service"

    def credentials_dir(self):
        return "/var/run/onyxia"

    def working_dir_of(self, options):
        return "/home/onyxia/work"


@pytest.fixture
def launcher(tmp_path):
    write_profile(tmp_path / "profiles")
    write_profile(tmp_path / "profiles", "club", more="visible_to: [geo]")
    write_profile(tmp_path / "profiles", "easy", more="credentials: {optional: [s3, vault]}")

    def make(*, user=None, providers=None, **options):
        spawner = _Launcher(
            onyxia_settings=settings(tmp_path),
            providers=s3_and_vault() if providers is None else providers,
        )
        spawner.user = user or Person()
        spawner.user_options = {"profile": "tiny", **options}
        return spawner

    return make


async def test_a_launch_holds_credentials_scripts_and_the_user_s_variables(launcher):
    spawner = launcher(
        env={"API_KEY": "{mine}"},
        init_script="echo hi\n",
        git_repository="https://example.org/course.git",
    )
    launch = await spawner.prepare_launch()
    assert launch.env == {
        "IMAGE_NAME": "registry.example.org/tiny:1",
        "ROOT_PROJECT_DIRECTORY": "/home/onyxia/work",
        "GIT_REPOSITORY": "https://example.org/course.git",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:8333",
        "VAULT_TOKEN": "hvs.SECRET-OF-VAULT",
        "API_KEY": "{mine}",
    }
    assert launch.files == {
        "expiry": expiry_text(launch.expires_at),
        "onyxia": command_script(),
        "s3-credentials.json": '{"SecretAccessKey": "SECRET-OF-S3"}',
        "start.sh": start_script(),
        "init.sh": "echo hi\n",
    }
    assert launch.minted == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:8333",
        "VAULT_TOKEN": "hvs.SECRET-OF-VAULT",
    }
    assert set(launch.expires_at) == {"s3", "vault"}
    assert "SECRET" not in repr(launch)
    assert "{mine}" not in repr(launch)


async def test_providers_get_the_login_and_the_service(launcher):
    spawner = launcher(vault_secret="project/db")
    await spawner.prepare_launch()
    s3, vault = spawner.providers
    [(identity, request)] = vault.minted
    assert identity.username == "alice"
    assert identity.groups == ("stats",)
    assert identity.claims == {"preferred_username": "alice", "email": "alice@example.org"}
    assert identity.tokens == {
        "access_token": "access-token-of-alice",
        "id_token": "id-token-of-alice",
    }
    assert (request.mode, request.directory, request.service, request.vault_secret) == (
        "on",
        "/var/run/onyxia",
        "lab",
        "project/db",
    )
    assert s3.minted[0][1].mode == "refreshable"
    assert (s3.minted[0][1].git, request.git) == (False, True)


async def test_what_is_kept_for_git_gives_way_to_what_is_typed(launcher):
    spawner = launcher(env={"GIT_AUTHOR_NAME": "Robot", "GIT_PERSONAL_ACCESS_TOKEN": "typed"})
    kept = {
        "GIT_AUTHOR_NAME": "Alice",
        "GIT_AUTHOR_EMAIL": "alice@example.org",
        "GIT_PERSONAL_ACCESS_TOKEN": "kept",
        "ONYXIA_GIT_SERVER": "https://github.com",
    }
    spawner.providers[1].env = {**spawner.providers[1].env, **kept}
    launch = await spawner.prepare_launch()
    assert {name: value for name, value in launch.env.items() if "GIT_" in name} == {
        "GIT_AUTHOR_NAME": "Robot",
        "GIT_AUTHOR_EMAIL": "alice@example.org",
        "GIT_PERSONAL_ACCESS_TOKEN": "typed",
    }


async def test_a_wrong_option_is_refused_before_anybody_is_asked(launcher):
    spawner = launcher(memory_limit="900Gi")
    with pytest.raises(InvalidOption, match="memory_limit"):
        await spawner.prepare_launch()
    assert spawner.user.asked == 0
    assert spawner.providers[0].minted == []


async def test_the_groups_of_the_user_decide_what_may_be_launched(launcher):
    with pytest.raises(ProfileForbidden):
        await launcher(profile="club").prepare_launch()
    member = launcher(profile="club", user=Person(member_of=("geo",)))
    assert (await member.prepare_launch()).options.profile.slug == "club"
    assert [entry["slug"] for entry in launcher().visible_profiles()] == ["easy", "tiny"]
    assert [entry["slug"] for entry in member.visible_profiles()] == ["club", "easy", "tiny"]


@pytest.mark.parametrize(
    ("away", "error", "sentence"),
    [
        (False, LoginExpired, "Your login has expired"),
        (True, LoginNotRefreshed, "The identity provider at https://login.example.org"),
    ],
)
async def test_a_login_that_ended_is_told_apart_from_a_provider_that_is_away(
    launcher, away, error, sentence
):
    ended = {"access_token": token_of(exp=int(time.time()) - 5), "oauth_user": {}}
    spawner = launcher(
        user=Person(auth_state=ended),
        providers=[S3Provider(S3Settings(endpoint="http://127.0.0.1:9"))],
    )
    spawner.authenticator = SimpleNamespace(
        provider_is_away=away, issuer="https://login.example.org"
    )

    with pytest.raises(error, match=sentence):
        await spawner.prepare_launch()


async def test_a_user_who_never_logged_in_can_t_launch_what_needs_credentials(launcher):
    with pytest.raises(NeverLoggedIn, match="alice has not logged in yet"):
        await launcher(user=Person(auth_state=None)).prepare_launch()


async def test_a_launch_exchanges_the_login_as_it_was_just_renewed(launcher):
    async def renewed(user):
        return {**LOGIN, "access_token": "renewed-token-of-" + user.name}

    spawner = launcher()
    spawner.authenticator = SimpleNamespace(renewed_auth_state=renewed)
    await spawner.prepare_launch()

    assert spawner.providers[0].minted[0][0].tokens["access_token"] == "renewed-token-of-alice"


@pytest.mark.parametrize("profile", ["tiny", "easy"])
async def test_a_dead_login_stops_what_needs_it_and_is_told_where_it_is_optional(launcher, profile):
    async def renewed(user):
        raise LoginExpired

    spawner = launcher(profile=profile)
    spawner.authenticator = SimpleNamespace(renewed_auth_state=renewed)
    if profile == "tiny":
        with pytest.raises(LoginExpired, match="Log out and in again"):
            await spawner.prepare_launch()
    else:
        launch = await spawner.prepare_launch()
        assert set(launch.missing) == {"s3", "vault"}
        assert "Your login has expired" in launch.missing["s3"]


async def test_a_user_who_never_logged_in_is_told_what_is_missing_if_it_is_optional(launcher):
    spawner = launcher(profile="easy", user=Person(auth_state=None))
    launch = await spawner.prepare_launch()
    assert set(launch.missing) == {"s3", "vault"}
    assert "alice has not logged in yet" in launch.missing["s3"]
    assert launch.minted == {}


async def test_a_provider_that_is_away_stops_the_launch_unless_it_is_optional(launcher):
    providers = s3_and_vault()
    providers[0].away = True
    with pytest.raises(ProviderUnreachable, match="S3 at"):
        await launcher(providers=providers).prepare_launch()
    assert providers[1].revoked == [{"VAULT_TOKEN": "hvs.SECRET-OF-VAULT"}]

    spawner = launcher(profile="easy", providers=providers)
    launch = await spawner.prepare_launch()
    assert set(launch.missing) == {"s3"}
    spawner.phases.finish()
    told = [event async for event in spawner.phases.follow()]
    assert [event["progress"] for event in told] == [5, 10, 20]
    assert [event["message"] for event in told[:2]] == [
        "Checking your options",
        "Getting S3 and Vault access",
    ]
    assert told[2]["message"].startswith("S3 at http://127.0.0.1:9 does not answer")


async def test_clear_state_forgets_the_launch_and_ends_its_progress(launcher):
    spawner = launcher()
    await spawner.prepare_launch()
    phases = spawner.phases
    spawner.clear_state()
    assert spawner.launch is None
    assert spawner.cleared
    assert len([event async for event in phases.follow()]) == 2
    assert spawner.phases is not phases


async def test_every_page_that_follows_sees_all_phases_as_they_come():
    phases = Phases()
    phases.report(5, "first")
    seen = {"early": [], "late": []}

    async def follow(page):
        async for event in phases.follow():
            seen[page].append(event["message"])

    early = asyncio.create_task(follow("early"))
    await asyncio.sleep(0)
    assert seen["early"] == ["first"]
    phases.report(10, "second")
    late = asyncio.create_task(follow("late"))
    phases.report(20, "third")
    await asyncio.sleep(0.01)
    assert seen == {"early": ["first", "second", "third"], "late": ["first", "second", "third"]}
    assert not early.done()
    phases.finish()
    await asyncio.wait_for(asyncio.gather(early, late), 1)


def test_a_link_with_an_unknown_field_is_refused_by_name(launcher):
    with pytest.raises(InvalidOption, match="memroy_limit"):
        launcher().options_from_query({"profile": ["tiny"], "memroy_limit": ["1Gi"]})


def test_the_catalogue_and_the_providers_are_shared_by_all_spawners(tmp_path):
    write_profile(tmp_path / "profiles")
    site = settings(tmp_path)
    one = _Launcher(onyxia_settings=site)
    two = _Launcher(onyxia_settings=site.model_copy(deep=True))
    assert one.catalogue is two.catalogue
    assert one.providers is two.providers


def test_the_package_s_own_catalogue_is_found():
    assert (default_profiles() / "jupyter-python.yaml").is_file()
