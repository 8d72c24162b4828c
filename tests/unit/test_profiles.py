"""Each profile that comes with the package: it loads, it launches, its command does its work."""

import os
import re
import shlex
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from onyxia_hub.catalogue.command import fill, uses_socket
from onyxia_hub.catalogue.fields import NUMBERS
from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.catalogue.overrides import overrides_for
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.catalogue.profile_list import profile_list
from onyxia_hub.catalogue.schema import profile_json_schema

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "profiles").glob("*.yaml"))
CATALOGUE = load_catalogue(ROOT / "profiles")
PROFILES = pytest.mark.parametrize("profile", list(CATALOGUE), ids=lambda profile: profile.slug)


def test_the_catalogue_holds_the_services_of_the_design():
    assert [profile.slug for profile in CATALOGUE] == [
        "jupyter-python",
        "vscode-python",
        "rstudio",
        "jupyter-pyspark",
        "jupyter-r",
        "jupyter-pytorch-gpu",
        "vscode-pytorch-gpu",
        "mlflow",
        "label-studio",
        "own-app",
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_profile_file_follows_the_json_schema(file):
    content = yaml.safe_load(file.read_text(encoding="utf-8"))

    errors = [
        error.message for error in Draft202012Validator(profile_json_schema()).iter_errors(content)
    ]

    assert errors == []


def chosen(profile, **raw):
    """Return the least that a launch of the profile takes, and what is given."""
    return {"profile": profile.slug, **({"command": "true"} if profile.own_program else {}), **raw}


@PROFILES
def test_its_defaults_can_be_launched(profile):
    options = parse_options(
        chosen(profile), catalogue=CATALOGUE, groups=(), why_unavailable=lambda _: None
    )
    override = overrides_for(options)

    assert override["image"] == profile.images[0].image
    assert override["cpu_guarantee"] <= override["cpu_limit"]
    assert override["mem_guarantee"] <= override["mem_limit"]
    assert not any(re.search(r"\{(port|prefix)\}", part) for part in override["cmd"])


@PROFILES
def test_every_choice_of_its_form_can_be_launched(profile):
    for number in NUMBERS.values():
        allowed = number.range_of(profile)
        if allowed is None:
            continue
        pair = {"_request": "_limit", "_limit": "_request"}
        other = next((number.key.replace(a, b) for a, b in pair.items() if a in number.key), None)
        (entry,) = profile_list([profile], why_unavailable=lambda _: None)
        for choice in entry["profile_options"][number.key]["choices"]:
            raw = chosen(profile, **{number.key: choice})
            if other:
                raw[other] = choice
            options = parse_options(
                raw, catalogue=CATALOGUE, groups=(), why_unavailable=lambda _: None
            )
            assert options.profile is profile


@PROFILES
def test_its_texts_are_in_both_languages(profile):
    for text in (profile.display_name, profile.description):
        assert text.fr
    assert profile.description.en != profile.description.fr
    assert profile.documentation.startswith("https://")


@PROFILES
def test_its_icon_is_one_of_the_pages(profile):
    assert (ROOT / "onyxia_hub" / "ui" / "static" / "icons" / f"{profile.icon}.svg").is_file()


@PROFILES
def test_its_images_carry_a_fixed_tag_and_match_its_own_pattern(profile):
    for image in profile.images:
        assert re.fullmatch(
            r"(inseefrlab/(onyxia-[a-z-]+|mlflow)|heartexlabs/label-studio):[a-z0-9.-]*\d[a-z0-9.-]*",
            image.image,
        )
        if profile.free_image:
            assert re.fullmatch(profile.free_image.pattern, image.image)


@PROFILES
def test_a_program_without_a_login_of_its_own_listens_for_the_gateway_alone(profile):
    command = " ".join(profile.command)

    assert profile.login == "gateway"
    if not profile.own_program:
        assert re.search(
            r"(127\.0\.0\.1:\{port\}|(--www-address=|--ServerApp.ip=|host )127\.0\.0\.1)", command
        )


@PROFILES
def test_a_gpu_profile_is_on_the_gpu_shelf_and_tolerates_gpu_nodes(profile):
    assert (profile.resources.gpu is not None) == (profile.category == "gpu")
    if profile.resources.gpu:
        assert profile.resources.gpu.default.value == 1
        assert profile.resources.shared_memory.text == "10Gi"
        assert {t["key"] for t in profile.tolerations} == {"nvidia.com/gpu"}
        assert profile.local is None


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text("#!/bin/sh\n" + script)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def run(command: list[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), "/usr/bin", "/bin"])
    return subprocess.run(
        command,
        env={"PATH": path, "HOME": str(folder), "TMPDIR": str(folder), **env},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


JUPYTER = pytest.mark.parametrize(
    "profile",
    [profile for profile in CATALOGUE if profile.slug.startswith("jupyter-")],
    ids=lambda profile: profile.slug,
)


@JUPYTER
def test_jupyter_serves_below_its_prefix_and_leaves_the_login_to_the_gateway(profile):
    commands = [profile.command, *([profile.local.command] if profile.local else [])]
    for command in commands:
        filled = fill(command, port=8888, prefix="/user/a/b/", socket="/run/s")
        assert {"--IdentityProvider.token=", "--ServerApp.password="} <= set(filled)
        assert "--ServerApp.base_url=/user/a/b/" in filled
    assert profile.prefix == "native"
    assert profile.activity.kernels == "/api/kernels"
    assert (profile.xsrf.cookie, profile.xsrf.header) == ("_xsrf", "X-XSRFToken")


@JUPYTER
@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/api", False),
        ("/api/kernels", False),
        ("/api/sessions", False),
        ("/api/contents", False),
        ("/lab/api/workspaces/default", False),
        ("/api/kernels/7f3c/restart", True),
        ("/api/contents/notes.ipynb", True),
        ("/api/kernels/7f3c/channels", True),
        ("/lab/tree/notes.ipynb", True),
    ],
)
def test_what_jupyters_page_asks_by_itself_is_no_activity(profile, path, counts):
    ignored = any(re.search(pattern, path) for pattern in profile.activity.ignore)

    assert ignored is not counts


@pytest.mark.parametrize(
    "profile",
    [
        each
        for each in CATALOGUE
        if each.local and each.local.program in ("jupyter-lab", "code-server", "mlflow")
    ],
    ids=lambda profile: profile.slug,
)
def test_on_a_shared_machine_it_listens_where_only_its_owner_can_look(profile):
    assert uses_socket(profile.local.command)


SAYS = 'for word; do printf "%s\\n" "$word"; done\n'
PUBLIC = {
    "JUPYTERHUB_USER": "alice",
    "JUPYTERHUB_PUBLIC_URL": "https://hub.example.org:8443/user/alice/x/",
    "JUPYTERHUB_PUBLIC_HUB_URL": "https://hub.example.org:8443/hub/",
}


def test_mlflow_keeps_runs_on_the_volume_and_artifacts_in_the_users_bucket(tmp_path):
    program(tmp_path, "mlflow", SAYS)
    command = fill(CATALOGUE.get("mlflow").command, port=5000, prefix="/user/alice/x/")

    ran = run(
        command,
        tmp_path,
        AWS_WORKING_DIRECTORY_PATH="alice/",
        ROOT_PROJECT_DIRECTORY="/volume",
        **PUBLIC,
    )

    assert ran.returncode == 0, ran.stderr
    said = ran.stdout.splitlines()
    assert said[said.index("--backend-store-uri") + 1] == "sqlite:////volume/mlflow.db"
    assert said[said.index("--artifacts-destination") + 1] == "s3://alice/mlflow"
    assert said[said.index("--static-prefix") + 1] == "/user/alice/x"
    assert said[said.index("--cors-allowed-origins") + 1] == "https://hub.example.org:8443"
    assert said[said.index("--host") + 1] == "127.0.0.1"


def test_mlflow_listens_on_the_socket_that_it_is_given(tmp_path):
    program(tmp_path, "mlflow", SAYS)
    command = CATALOGUE.get("mlflow").local.command

    said = run(fill(command, port=5000, prefix="/p/", socket="/run/a b/s"), tmp_path).stdout

    lines = said.splitlines()
    assert shlex.split(lines[lines.index("--uvicorn-opts") + 1]) == ["--uds", "/run/a b/s"]


def test_mlflow_keeps_artifacts_beside_its_runs_where_a_site_has_no_storage(tmp_path):
    program(tmp_path, "mlflow", SAYS)
    command = fill(CATALOGUE.get("mlflow").command, port=5000, prefix="/p/")

    said = run(command, tmp_path, ROOT_PROJECT_DIRECTORY="/volume").stdout.splitlines()

    assert said[said.index("--artifacts-destination") + 1] == "/volume/artifacts"
    assert "--cors-allowed-origins" not in said


def test_label_studio_gets_an_account_whose_password_nobody_needs(tmp_path):
    program(
        tmp_path,
        "label-studio",
        SAYS + 'echo "$LABEL_STUDIO_USERNAME" "${#LABEL_STUDIO_PASSWORD}" "$CSRF_TRUSTED_ORIGINS"\n'
        'python3 -m py_compile "$PYTHONPATH/$DJANGO_SETTINGS_MODULE.py"\n',
    )
    command = fill(CATALOGUE.get("label-studio").command, port=8080, prefix="/p/")

    ran = run(command, tmp_path, **PUBLIC | {"JUPYTERHUB_USER": "Zoé Martin@example.org"})

    assert ran.returncode == 0, ran.stderr
    said = ran.stdout.splitlines()
    assert said[said.index("--host") + 1] == "https://hub.example.org:8443/user/alice/x"
    assert said[said.index("--internal-host") + 1] == "127.0.0.1"
    assert said[-1].split()[1:] == ["48", "https://hub.example.org:8443"]
    assert re.fullmatch(r"[A-Za-z0-9._-]+@localhost", said[-1].split()[0])
    assert "password" not in ran.stdout.lower()


@pytest.mark.parametrize("repository", [True, False])
def test_an_app_of_ones_own_is_run_where_its_repository_was_cloned(tmp_path, repository):
    folder = tmp_path / "app" if repository else tmp_path
    folder.mkdir(exist_ok=True)
    command = fill(CATALOGUE.get("own-app").command, port=8080, prefix="/p/")
    git = {"GIT_REPOSITORY": "https://git.example.org/team/app.git/"} if repository else {}

    ran = run(
        command,
        tmp_path,
        ROOT_PROJECT_DIRECTORY=str(tmp_path),
        PORT="8080",
        ONYXIA_COMMAND='echo "$PWD:$PORT" && echo "it\'s $(echo fine)"; exit 7',
        **git,
    )

    assert ran.returncode == 7
    assert ran.stdout == f"{folder}:8080\nit's fine\n"


@pytest.mark.parametrize("local", [False, True])
def test_rstudio_hands_the_services_environment_to_its_sessions(tmp_path, local):
    """Stand-ins for rserver, which gives sessions a fresh environment, and for rsession."""
    profile = CATALOGUE.get("rstudio")
    program(
        tmp_path,
        "rserver",
        'for flag; do echo "$flag"; case $flag in\n'
        "  --rsession-path=*) session=${flag#*=} ;;\n"
        '  --database-config-file=*) cat "${flag#*=}" ;;\n'
        "esac; done\n"
        'env -i "$session" --program-mode server\n',
    )
    program(tmp_path, "rsession", 'echo "rsession $*"; printf "%s\\n" "$KEY"; echo "$USER"\n')
    value = 'it\'s "quoted" $HOME `x`\nsecond line'

    command = profile.local.command if local else profile.command
    ran = run(fill(command, port=8787, prefix="/user/alice/r/"), tmp_path, KEY=value)

    assert ran.returncode == 0, ran.stderr
    out = ran.stdout
    assert "--auth-none=1\n" in out
    assert "--server-daemonize=0\n" in out
    assert "--www-address=127.0.0.1\n" in out
    assert "--www-port=8787\n" in out
    assert "--www-root-path=/user/alice/r/\n" in out
    assert "provider=sqlite\ndirectory=" in out
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout
    assert out.endswith(f"rsession --program-mode server\n{value}\n{user}")
    (folder,) = tmp_path.glob("tmp.*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
