"""A change of `algorithm` keeps the network that its user wrote."""

import shutil

import forks
import pytest
import yaml
from templates import copy_template, make_repository

NETWORK = "src/wine/network.py"
SAVED = "src/wine/network_supervised.py"


@pytest.fixture
def fork(tmp_path):
    """A template whose `twin` is supervised training under another name."""
    fork = copy_template(tmp_path / "fork")
    config = yaml.safe_load((fork / "copier.yml").read_text())
    config["algorithm"]["choices"].append("twin")
    for entry in config.values():
        if isinstance(entry, dict) and entry.get("when") is False:
            entry["default"] = entry["default"].replace("algorithm", "'supervised'")
    (fork / "copier.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    twin = shutil.copytree(
        fork / "template/algorithms/supervised", fork / "template/algorithms/twin"
    )
    text = (twin / "network.jinja").read_text()
    (twin / "network.jinja").write_text(f"{text}# The twin's.\n")
    return make_repository(fork, tag="v1.0.0")


@pytest.fixture
def wine(fork, tmp_path):
    """A project of supervised training."""
    assert forks.run(fork, tmp_path, "new", "wine", "--defaults")[0] == 0
    return tmp_path / "wine"


def update(fork, wine):
    code, output, errors = forks.run(fork, wine, "update", "--algorithm", "twin")
    assert (code, errors) == (0, "")
    return output


def edit(wine):
    text = (wine / NETWORK).read_text().replace("import keras\n", "import keras  # I\n")
    (wine / NETWORK).write_text(text)
    return text


def test_edited_network_is_merged_and_kept_as_it_was(fork, wine):
    mine = edit(wine)
    assert f"Your network.py as it was is in {SAVED}.\n" in update(fork, wine)
    assert (wine / SAVED).read_text() == mine
    text = (wine / NETWORK).read_text()
    assert "import keras  # I\n" in text and text.endswith("# The twin's.\n")


def test_network_that_was_kept_before_stays(fork, wine):
    edit(wine)
    (wine / SAVED).write_text("# Kept.\n")
    assert "is in src/wine/network_supervised_2.py.\n" in update(fork, wine)
    assert (wine / SAVED).read_text() == "# Kept.\n"


def test_network_that_nobody_edited_is_not_kept(fork, wine):
    assert "as it was" not in update(fork, wine)
    assert not (wine / SAVED).exists()
    assert (wine / NETWORK).read_text().endswith("# The twin's.\n")
