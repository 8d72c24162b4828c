"""Each profile that comes with the package: it loads, it launches, its command does its work."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from onyxia_hub.catalogue.command import fill
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
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_profile_file_follows_the_json_schema(file):
    content = yaml.safe_load(file.read_text(encoding="utf-8"))

    errors = [
        error.message for error in Draft202012Validator(profile_json_schema()).iter_errors(content)
    ]

    assert errors == []


@PROFILES
def test_its_defaults_can_be_launched(profile):
    options = parse_options(
        {"profile": profile.slug}, catalogue=CATALOGUE, groups=(), why_unavailable=lambda _: None
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
            raw = {"profile": profile.slug, number.key: choice}
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
        assert re.fullmatch(r"inseefrlab/onyxia-[a-z-]+:[a-z0-9.-]*\d[a-z0-9.-]*", image.image)
        if profile.free_image:
            assert re.fullmatch(profile.free_image.pattern, image.image)


@PROFILES
def test_a_program_without_a_login_of_its_own_listens_for_the_gateway_alone(profile):
    command = " ".join(profile.command)

    if profile.login == "gateway":
        assert re.search(r"(127\.0\.0\.1:\{port\}|--www-address=127\.0\.0\.1)", command)
    else:
        assert "jupyterhub-singleuser" in command


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


JUPYTER = [profile for profile in CATALOGUE if profile.slug.startswith("jupyter-")]


@pytest.mark.parametrize("profile", JUPYTER, ids=lambda profile: profile.slug)
def test_jupyter_adds_what_the_image_lacks_and_then_becomes_it(profile, tmp_path):
    """A stand-in for pip, which installs below ~/.local as it does without rights elsewhere."""
    program(
        tmp_path,
        "python",
        'echo "python $*"; mkdir -p "$HOME/.local/bin"; cd "$HOME/.local/bin"\n'
        'printf "#!/bin/sh\\necho singleuser \\"\\$@\\"\\n" > jupyterhub-singleuser\n'
        "chmod +x jupyterhub-singleuser\n",
    )

    ran = run([*fill(profile.command, port=8888, prefix="/p/"), "--debug", "a b"], tmp_path)

    assert ran.returncode == 0, ran.stderr
    installed, started = ran.stdout.splitlines()
    assert installed.endswith("jupyterhub>=6.1,<7")
    assert started == "singleuser --debug a b"


@pytest.mark.parametrize("profile", JUPYTER, ids=lambda profile: profile.slug)
def test_jupyter_installs_nothing_where_it_is_there_already(profile, tmp_path):
    program(tmp_path, "python", "echo installing; exit 1\n")
    program(tmp_path, "jupyterhub-singleuser", 'echo "singleuser $*"\n')

    ran = run(fill(profile.command, port=8888, prefix="/p/"), tmp_path)

    assert (ran.returncode, ran.stdout) == (0, "singleuser \n")


@pytest.mark.parametrize("profile", JUPYTER, ids=lambda profile: profile.slug)
def test_jupyter_ends_when_it_can_not_be_installed(profile, tmp_path):
    program(tmp_path, "python", "echo no index >&2; exit 3\n")

    ran = run(fill(profile.command, port=8888, prefix="/p/"), tmp_path)

    assert ran.returncode == 3
    assert ran.stderr == "no index\n"


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
