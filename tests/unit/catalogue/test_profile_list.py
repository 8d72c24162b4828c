"""The catalogue in a stock KubeSpawner: its own template renders it, its own code launches it."""

import json
import re
from html.parser import HTMLParser

import pytest
from kubernetes_asyncio.config import kube_config
from kubespawner import KubeSpawner, clients

from onyxia_hub.catalogue.overrides import overrides_for
from onyxia_hub.catalogue.profile_list import profile_list


@pytest.fixture
def entries(catalogue, why_unavailable):
    return profile_list(catalogue, why_unavailable=why_unavailable)


@pytest.fixture
async def stock(tmp_path, monkeypatch, entries):
    """Make stock spawners, which want to know a cluster; nothing is asked of it."""
    config = tmp_path / "kubeconfig"
    config.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: none\n"
        "contexts: [{name: none, context: {cluster: none, user: none}}]\n"
        "clusters: [{name: none, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "users: [{name: none, user: {token: none}}]\n"
    )
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(config))
    clients.load_config.cache_clear()
    yield lambda: KubeSpawner(_mock=True, profile_list=entries)
    for client in clients._client_cache.values():
        await client.api_client.close()
    clients._client_cache.clear()
    clients.load_config.cache_clear()


@pytest.fixture
def launch(stock):
    """Start a stock spawner's launch up to the traits."""

    async def launch(**user_options: str) -> KubeSpawner:
        spawner = stock()
        spawner.user_options = user_options
        await spawner.load_user_options()
        return spawner

    return launch


class Form(HTMLParser):
    """The fields of the rendered form, and the options of each select."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.selects: dict[str, list[str]] = {}
        self.selected: dict[str, str] = {}
        self.checked: list[str] = []
        self.typed: dict[str, str] = {}
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("type") == "radio" and "checked" in given:
            self.checked.append(given["value"])
        elif tag == "input" and "data-name" in given:
            self.typed[given["data-name"]] = given["pattern"]
        elif tag == "select":
            self._select = given["name"]
            self.selects[self._select] = []
        elif tag == "option":
            self.selects[self._select].append(given["value"])
            if "selected" in given:
                self.selected[self._select] = given["value"]


async def test_the_stock_template_shows_every_profile_and_preselects_the_defaults(stock, entries):
    html = stock()._render_options_form(entries)
    form = Form(html)

    assert form.checked == ["bare"]
    assert form.selects["profile-option-notebook--image"] == ["py3-13", "py3-12", "unlisted-choice"]
    assert form.selects["profile-option-bare--image"] == ["py3-13", "py3-12"]
    assert form.selects["profile-option-notebook--cpu_limit"] == ["0.5", "1", "2", "4", "8"]
    assert form.selects["profile-option-trainer--gpu"] == ["1", "2", "3"]
    assert form.selected["profile-option-notebook--memory_limit"] == "4Gi"
    assert form.selected["profile-option-notebook--git_branch"] == "none"
    assert "profile-option-notebook--gpu" not in form.selects
    assert "profile-option-bare--storage" not in form.selects
    assert form.selects["profile-option-notebook--keep_storage"] == ["false", "true"]
    assert form.selected["profile-option-notebook--keep_storage"] == "false"
    assert "profile-option-bare--keep_storage" not in form.selects
    assert "profile-option-shared--keep_storage" not in form.selects
    assert "profile-option-shared--storage" in form.selects
    assert "profile-option-bare--git_repository" not in form.selects
    assert form.typed["profile-option-notebook--image--unlisted-choice"] == (
        "^example/notebook:[a-z0-9.]+$"
    )
    # Display names are HTML there.
    assert "Python &lt;in&gt; the browser." in html


async def test_a_stock_launch_of_a_profile_alone_gets_its_defaults(launch):
    spawner = await launch(profile="trainer")

    assert spawner.image == "example/notebook:3.13"
    assert (spawner.cpu_guarantee, spawner.cpu_limit) == (0.5, 2)
    assert (spawner.mem_guarantee, spawner.mem_limit) == (2**30, 2**32)
    assert spawner.extra_resource_limits == {"nvidia.com/gpu": "1"}
    assert spawner.node_selector == {"gpu": "yes"}
    assert spawner.tolerations == [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    assert spawner.storage_capacity == "10Gi"
    assert spawner.storage_access_modes == ["ReadWriteOnce"]
    assert spawner.delete_pvc is True
    assert spawner.cmd == ["notebook", "--port=8888", "--base=$(JUPYTERHUB_SERVICE_PREFIX)"]
    assert spawner._expand_env(spawner.environment) == {"TEMPLATE": "{x}"}


async def test_a_stock_launch_takes_what_was_chosen_and_typed(launch):
    spawner = await launch(
        **{
            "profile": "trainer",
            "image--unlisted-choice": "example/notebook:4.0",
            "cpu_limit": "8",
            "memory_limit": "16Gi",
            "gpu": "3",
            "storage": "64Gi",
            "keep_storage": "true",
            "git_repository--unlisted-choice": "https://git.example.org/x",
            "git_branch": "none",
        }
    )

    assert spawner.image == "example/notebook:4.0"
    assert spawner.cpu_limit == 8
    assert spawner.mem_limit == 16 * 2**30
    assert spawner.extra_resource_limits == {"nvidia.com/gpu": "3"}
    assert spawner.storage_capacity == "64Gi"
    assert spawner.delete_pvc is False
    assert spawner._expand_env(spawner.environment) == {
        "TEMPLATE": "{x}",
        "GIT_REPOSITORY": "https://git.example.org/x",
    }


async def test_a_stock_launch_never_deletes_a_shared_volume(launch):
    spawner = await launch(profile="shared")

    assert spawner.delete_pvc is False
    assert spawner.storage_access_modes == ["ReadWriteMany"]


async def test_a_stock_launch_refuses_a_typed_value_of_another_form(launch):
    for key, value in (
        ("image", "evil/image"),
        ("git_repository", "https://user:hunter2@git.example.org/x"),
        ("git_branch", "--upload-pack=x"),
        ("vault_secret", "../bob"),
    ):
        with pytest.raises(ValueError, match=f"unlisted_choice for {key} that failed"):
            await launch(**{"profile": "notebook", f"{key}--unlisted-choice": value})


async def test_a_choice_means_the_same_in_a_stock_spawner_and_in_ours(entries, parse, launch):
    compared = 0
    for entry in entries:
        for key, option in entry["profile_options"].items():
            for choice in option["choices"]:
                if entry["slug"] in {"away", "confidential", "shared"} or choice == "none":
                    continue
                chosen = {"profile": entry["slug"], key: choice}
                # The other of the pair, so that a request is never above its limit.
                if key.endswith("_request"):
                    pair = key.replace("_request", "_limit")
                    chosen[pair] = list(entry["profile_options"][pair]["choices"])[-1]
                elif key.endswith("_limit"):
                    pair = key.replace("_limit", "_request")
                    chosen[pair] = next(iter(entry["profile_options"][pair]["choices"]))
                ours = overrides_for(parse(chosen))
                spawner = await launch(**chosen)
                for trait in set(ours) - {"environment"}:
                    assert getattr(spawner, trait) == ours[trait], (chosen, trait)
                compared += 1
    assert compared > 60


def test_a_profile_that_can_not_run_here_is_listed_with_the_reason_and_never_default(
    catalogue, why_unavailable
):
    entries = profile_list(
        [catalogue.get("away"), catalogue.get("bare")], why_unavailable=why_unavailable
    )

    assert [entry.get("default", False) for entry in entries] == [False, True]
    assert entries[0]["onyxia"]["unavailable"] == "There is no such program here."
    assert "Not available here: There is no such program here." in entries[0]["description"]
    nothing = profile_list([catalogue.get("away")], why_unavailable=why_unavailable)
    assert "default" not in nothing[0]


def test_the_view_model_is_plain_json_in_the_users_language(catalogue, why_unavailable):
    french = profile_list(
        [catalogue.get("trainer")], why_unavailable=why_unavailable, language="fr"
    )[0]
    view = french["onyxia"]

    assert json.loads(json.dumps(view)) == view
    assert view["display_name"] == "Carnet"
    assert view["category"] == "gpu"
    assert view["gpu"] is True
    assert view["free_image"] == "^example/notebook:[a-z0-9.]+$"
    assert view["images"][1] == {
        "name": "py3-12",
        "display_name": "Python 3.12",
        "image": "example/notebook:3.12",
        "default": False,
    }
    assert view["ranges"]["cpu_request"] == {
        "label": "CPU garanti",
        "unit": "cores",
        "min": "0.1",
        "max": "4",
        "default": "0.5",
        "choices": [
            {"value": "0.1", "display_name": "0,1 cœur"},
            {"value": "0.25", "display_name": "0,25 cœur"},
            {"value": "0.5", "display_name": "0,5 cœur"},
            {"value": "1", "display_name": "1 cœur"},
            {"value": "2", "display_name": "2 cœurs"},
            {"value": "4", "display_name": "4 cœurs"},
        ],
    }
    assert list(view["ranges"]) == [
        "cpu_request", "cpu_limit", "memory_request", "memory_limit", "gpu", "storage"
    ]  # fmt: skip
    assert view["credentials"] == {"s3": "refreshable", "vault": "on", "optional": []}
    assert view["persistence"] == {"mount": "/home/onyxia/work", "scope": "service"}
    assert view["keep_storage"] == {
        "label": "À la suppression du service",
        "default": "false",
        "choices": [
            {"value": "false", "display_name": "Supprimer son volume"},
            {"value": "true", "display_name": "Conserver son volume"},
        ],
    }
    dash = "\N{EN DASH}"
    assert view["cost"] == f"0,5{dash}2 cœurs, 1{dash}4 Gio, 1 GPU"
    choices = french["profile_options"]["memory_limit"]["choices"]
    assert choices["1Gi"]["display_name"] == "1 Gio"
    assert french["profile_options"]["git_branch"]["choices"]["none"]["display_name"] == "Aucun"


def test_what_the_profile_says_of_its_volume_is_the_default_of_both_forms(make_profile):
    def entry(**changes):
        return profile_list([make_profile(**changes)], why_unavailable=lambda _: None)[0]

    for keep, word in ((True, "true"), (False, "false")):
        kept = entry(persistence__keep=keep)
        choices = kept["profile_options"]["keep_storage"]["choices"]
        assert [name for name, choice in choices.items() if choice["default"]] == [word]
        assert kept["onyxia"]["keep_storage"]["default"] == word
    for changes, persistence in (
        ({"persistence": None}, None),
        ({"persistence__scope": "user"}, {"mount": "/home/onyxia/work", "scope": "user"}),
    ):
        other = entry(**changes)
        assert "keep_storage" not in other["profile_options"]
        assert other["onyxia"]["keep_storage"] is None
        assert other["onyxia"]["persistence"] == persistence


def test_every_pattern_for_typed_values_ends_in_a_dollar(entries):
    patterns = [
        option["unlisted_choice"]["validation_regex"]
        for entry in entries
        for option in entry["profile_options"].values()
        if "unlisted_choice" in option
    ]

    assert len(patterns) > 10
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in patterns)
    assert all(re.compile(pattern) for pattern in patterns)
