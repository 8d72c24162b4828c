"""What a gateway is told, and what it says when that is wrong."""

import json

import pytest

from onyxia_hub.gateway.config import (
    CONFIG_VARIABLE,
    GatewayConfig,
    GatewayMisconfigured,
    config_from,
)
from onyxia_hub.gateway.hub_facts import hub_facts

HUB = {
    "JUPYTERHUB_API_URL": "http://hub:8081/hub/api/",
    "JUPYTERHUB_API_TOKEN": "secret-of-the-service",
    "JUPYTERHUB_SERVICE_PREFIX": "/user/alice/x/",
    "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-alice-x",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers!server=alice/x"]',
    "JUPYTERHUB_USER": "alice",
    "JUPYTERHUB_SERVER_NAME": "x",
    "JUPYTERHUB_ACTIVITY_URL": "http://hub:8081/hub/api/users/alice/activity",
}


def test_a_configuration_survives_its_json():
    config = GatewayConfig(
        display_name="VS Code",
        port=8001,
        program="unix:/run/x.sock",
        prefix="native",
        headers={"X-Root": "{prefix}"},
        xsrf=("_xsrf", "X-XSRFToken"),
        ignore=("^/poll$",),
        kernels="/api/kernels",
    )
    assert config_from({CONFIG_VARIABLE: config.to_json()}) == config


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "is not set"),
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"display_name": "X", "prot": 1}', "“prot”"),
        ("{}", "“display_name”"),
        ('{"display_name": "X", "program": "127.0.0.1:80"}', "“program”"),
        ('{"display_name": "X", "program": "unix:relative"}', "“program”"),
        ('{"display_name": "X", "prefix": "kept"}', "“prefix”"),
        ('{"display_name": "X", "health_answers": "maybe"}', "“health_answers”"),
        ('{"display_name": "X", "health_path": "healthz"}', "“health_path”"),
        ('{"display_name": "X", "port": 70000}', "“port”"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_sentence(text, says):
    env = {} if text is None else {CONFIG_VARIABLE: text}
    with pytest.raises(GatewayMisconfigured, match=CONFIG_VARIABLE) as caught:
        config_from(env)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_hubs_facts_are_read_and_their_secret_is_not_shown():
    facts = hub_facts(HUB)
    assert facts.api_url == "http://hub:8081/hub/api"
    assert facts.access_scopes == {"access:servers!server=alice/x"}
    assert (facts.user, facts.server_name, facts.prefix) == ("alice", "x", "/user/alice/x/")
    assert "secret-of" not in repr(facts)


def test_the_default_service_has_no_name():
    facts = hub_facts({**HUB, "JUPYTERHUB_SERVER_NAME": ""})
    assert facts.server_name == ""


@pytest.mark.parametrize(
    "name",
    [
        "JUPYTERHUB_API_URL",
        "JUPYTERHUB_API_TOKEN",
        "JUPYTERHUB_SERVICE_PREFIX",
        "JUPYTERHUB_CLIENT_ID",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES",
        "JUPYTERHUB_USER",
    ],
)
def test_a_missing_fact_is_named(name):
    for env in ({**HUB, name: ""}, {key: HUB[key] for key in HUB if key != name}):
        with pytest.raises(GatewayMisconfigured, match=f"{name} is not set"):
            hub_facts(env)


@pytest.mark.parametrize(
    "scopes", ["[]", "{}", '"access:servers"', "[1]", "access", json.dumps({})]
)
def test_nobody_is_let_in_by_the_absence_of_scopes(scopes):
    with pytest.raises(GatewayMisconfigured, match="JUPYTERHUB_OAUTH_ACCESS_SCOPES"):
        hub_facts({**HUB, "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes})


def test_a_prefix_without_slashes_is_refused():
    with pytest.raises(GatewayMisconfigured, match="JUPYTERHUB_SERVICE_PREFIX"):
        hub_facts({**HUB, "JUPYTERHUB_SERVICE_PREFIX": "/user/alice/x"})
