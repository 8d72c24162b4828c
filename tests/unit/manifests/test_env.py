"""What may be read in a pod spec, and what may not."""

from onyxia_hub.manifests.env import (
    contract_env,
    literal,
    secret_references,
    split_environment,
)


def test_the_hub_s_token_and_everything_unknown_go_in_the_secret():
    public, secret = split_environment(
        {
            "JUPYTERHUB_USER": "alice",
            "JUPYTERHUB_API_TOKEN": "hub-token",
            "JPY_API_TOKEN": "hub-token",
            "SITE_PASSWORD": "from c.Spawner.environment",
            "ARGO_TOKEN": {"valueFrom": {"secretKeyRef": {"name": "argo", "key": "token"}}},
        }
    )
    assert public == {
        "JUPYTERHUB_USER": "alice",
        "ARGO_TOKEN": {"valueFrom": {"secretKeyRef": {"name": "argo", "key": "token"}}},
    }
    assert secret == {
        "JUPYTERHUB_API_TOKEN": "hub-token",
        "JPY_API_TOKEN": "hub-token",
        "SITE_PASSWORD": "from c.Spawner.environment",
    }


def test_a_reference_names_the_secret_and_its_key():
    assert secret_references(["VAULT_TOKEN"], secret="onyxia-alice-credentials") == {
        "VAULT_TOKEN": {
            "name": "VAULT_TOKEN",
            "valueFrom": {
                "secretKeyRef": {"name": "onyxia-alice-credentials", "key": "env.VAULT_TOKEN"}
            },
        }
    }


def _kubelet_expands(text, env):
    """Expand as k8s.io/kubernetes/third_party/forked/golang/expansion/expand.go does."""
    out, at = "", 0
    while at < len(text):
        if text[at] != "$" or at + 1 == len(text):
            out, at = out + text[at], at + 1
        elif text[at + 1] == "$":
            out, at = out + "$", at + 2
        elif text[at + 1] == "(" and ")" in text[at:]:
            end = text.index(")", at)
            name = text[at + 2 : end]
            out, at = out + env.get(name, f"$({name})"), end + 1
        else:
            out, at = out + text[at : at + 2], at + 2
    return out


def test_the_kubelet_gives_back_a_literal_value_unchanged():
    for value in ("plain", "$(HOME)", "$$(HOME)", "a$b", "end$", '{"a": "{b}"}', "$$$(HOME)"):
        assert _kubelet_expands(literal(value), {"HOME": "expanded"}) == value
    assert _kubelet_expands("$(HOME)", {"HOME": "expanded"}) == "expanded"


def test_variables_without_a_value_are_left_out_of_the_contract():
    assert contract_env(
        image="jupyter:1", working_dir=None, git_repository=None, git_branch="main"
    ) == {"IMAGE_NAME": "jupyter:1", "GIT_BRANCH": "main"}
