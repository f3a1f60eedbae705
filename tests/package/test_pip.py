"""Installed by pip as users install it, every command works with nothing else at hand.

The packages that trainstep needs are links to those of the tests' own environment: what
pyproject.toml asks for, and no more. pip resolves them, and says that none is missing.
"""

import os
import re
import shutil
import signal
import subprocess
import tomllib
import zipfile
from urllib.request import urlopen

import pytest
from installs import build, copy_sources, install, isolate
from templates import make_repository, read_files
from trainstep import render_file
from trainstep.answers_file import read_record
from trainstep.render import render_files
from trainstep.standalone import render_standalone
from trainstep.template import template_root

pytestmark = pytest.mark.xdist_group("pip")

WINE = {"project_name": "Wine"}
ONE = (
    "algorithm=supervised,task=regression,model_api=functional,custom_steps=train,"
    "sample_weight=false,loss=compiled,metrics=compiled,gradients=plain,"
    "fused_steps=false"
)
PROJECT = tomllib.loads((template_root() / "pyproject.toml").read_text())["project"]
NEEDED = PROJECT["dependencies"]
VERIFY = [*NEEDED, *PROJECT["optional-dependencies"]["verify"]]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Holds both distributions of 0.1.0, and the wheel of a changed 0.2.0."""
    root = tmp_path_factory.mktemp("pip")
    build(copy_sources(root / "0.1.0", "0.1.0"), root / "dist", "wheel", "sdist")
    readme = copy_sources(root / "0.2.0", "0.2.0") / "template/project/README.md.jinja"
    readme.write_text(readme.read_text() + "\nSince 0.2.0.\n")
    build(root / "0.2.0", root / "dist", "wheel")
    return root


@pytest.fixture(scope="module")
def wheel(root):
    return install(root / "wheel", "trainstep==0.1.0", root / "dist", *VERIFY)


@pytest.fixture(scope="module")
def sdist(root):
    archive = root / "dist" / "trainstep-0.1.0.tar.gz"
    return install(root / "sdist", archive, root / "dist", *NEEDED, "hatchling")


@pytest.fixture(scope="module")
def newer(root):
    return install(root / "newer", "trainstep==0.2.0", root / "dist", *NEEDED)


@pytest.fixture(params=["wheel", "sdist"])
def installed(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def wine(installed, tmp_path):
    """A new project, not in git."""
    assert run(installed, "new", "wine", "--defaults", cwd=tmp_path)
    return tmp_path / "wine"


def run(installed, *arguments, cwd, code=0, **variables):
    """Runs the command; returns what it prints, its only line of errors if it fails."""
    result = installed.run(*arguments, cwd=cwd, **variables)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout if code == 0 else result.stderr.removesuffix("\n")


def test_wheel_holds_nothing_compiled(root):
    names = zipfile.ZipFile(root / "dist/trainstep-0.1.0-py3-none-any.whl").namelist()
    assert "trainstep/copier.yml" in names
    assert not [name for name in names if "__pycache__" in name]


def test_installed_template_is_compiled(installed):
    assert [*(installed.package / "template").rglob("*.pyc")]


def test_new_emits_the_project_and_its_version(wine):
    assert read_files(wine) == render_files(WINE)
    assert not [*wine.rglob("__pycache__")]
    record = read_record(wine)
    assert (record.source, record.version) == ("trainstep", "v0.1.0")


def test_show_prints_files_and_the_class_alone(installed, wine):
    options = {**WINE, "loss": "custom"}
    shown = ["show", "--project", ".", "--loss", "custom"]
    assert run(installed, *shown, cwd=wine) == render_file(options, "model.py")
    alone = run(installed, *shown, "--standalone", cwd=wine)
    assert alone == render_standalone(options)


def test_diff_prints_what_update_changes(installed, wine):
    to = ["--project", ".", "--to", "loss=custom,ci=none"]
    patch = run(installed, "diff", *to, cwd=wine)
    run(installed, "update", "--loss", "custom", "--ci", "none", cwd=wine)
    (wine / "trainstep-update.patch").unlink()
    changed = read_files(wine)
    assert changed == render_files({**WINE, "loss": "custom", "ci": "none"})
    subprocess.run(["git", "apply", "-R"], input=patch, text=True, cwd=wine, check=True)
    assert read_files(wine) == render_files(WINE)


def test_update_keeps_edits_in_git(installed, wine):
    model = "src/wine/model.py"
    text = (
        (wine / model).read_text().replace("import keras\n", "import keras  # mine\n")
    )
    make_repository(wine, {model: text})
    run(installed, "update", "--metrics", "manual", cwd=wine)
    expected = render_files({**WINE, "metrics": "manual"})[model]
    expected = expected.replace("import keras\n", "import keras  # mine\n")
    assert (wine / model).read_text() == expected


def test_all_but_update_work_without_git(installed, tmp_path):
    nothing = {"cwd": tmp_path, "PATH": ""}
    run(installed, "new", "wine", "--defaults", **nothing)
    run(installed, "show", "--project", "wine", **nothing)
    run(installed, "diff", "--project", "wine", "--to", "loss=custom", **nothing)
    line = run(installed, "update", "wine", "--loss", "custom", code=2, **nothing)
    assert line == "Error: This needs git, which is not installed."


@pytest.mark.usefixtures("heeded")
def test_studio_serves_the_page_and_its_pictures(installed, tmp_path):
    command = [installed.folder / "bin" / "trainstep", "studio"]
    environment = isolate(installed.packages, PATH="")
    options = {"cwd": tmp_path, "env": environment, "stdout": subprocess.PIPE}
    with subprocess.Popen([*command, "--port=0", "--no-browser"], **options) as process:
        url = process.stdout.readline().split()[4].decode()
        assert b"CustomModel" in urlopen(url).read()
        assert urlopen(f"{url}images/gan.png").read(4) == b"\x89PNG"
        process.send_signal(signal.SIGINT)


def test_check_proves_a_combination(wheel, tmp_path):
    output = run(wheel, "check", "--only", ONE, "--jobs", "1", cwd=tmp_path)
    assert "1 passed" in output


def test_project_follows_to_a_newer_version(wheel, newer, root, tmp_path):
    run(wheel, "new", "wine", "--defaults", "--loss", "custom", cwd=tmp_path)
    wine = tmp_path / "wine"
    readme = (wine / "README.md").read_text().replace("## Files", "## My files")
    make_repository(wine, {"README.md": readme})
    line = run(newer, "update", cwd=wine, code=2)
    _, by_pip, update = re.findall("`(.*?)`", line)
    found = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(root / "dist")}
    environment = isolate(newer.packages, **found)
    subprocess.run(by_pip, shell=True, cwd=wine, env=environment, check=True)
    run(newer, *update.split()[1:], "--ci", "none", cwd=wine)
    expected = render_files({**WINE, "loss": "custom", "ci": "none"})
    text = expected["README.md"].replace("## Files", "## My files")
    assert read_files(wine) == {**expected, "README.md": f"{text}\nSince 0.2.0.\n"}
    assert read_record(wine).version == "v0.2.0"


@pytest.mark.full  # It downloads what trainstep needs.
@pytest.mark.skipif(not shutil.which("uv"), reason="uv is not installed")
def test_uv_installs_the_command(root, tmp_path):
    folders = {"UV_TOOL_DIR": str(tmp_path), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    command = ["uv", "tool", "install", "--find-links", root / "dist", "trainstep"]
    subprocess.run(command, env={**os.environ, **folders}, check=True)
    trainstep = tmp_path / "bin" / "trainstep"
    for words in (["new", "wine", "--defaults"], ["update", "wine", "--ci", "none"]):
        subprocess.run([trainstep, *words], cwd=tmp_path, env=isolate(""), check=True)
    assert read_record(tmp_path / "wine").answers["ci"] == "none"
