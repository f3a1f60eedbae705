"""Checkpoints in shards: the same results, whatever happens to them."""

import contextlib
import importlib
import resource
import shutil

import jax
import numpy as np
import pytest
from clusters import KILLED, Cluster, read_numbers, train
from trainstep import render_project
from trainstep.emitted import use_project

PREEMPTED = 75
SHARDED = ["--epochs", "3", "--checkpoints", "sharded", "--distribution"]
TWO = Cluster(2, 2)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """An emitted project, and what a run with gathered checkpoints gives."""
    folder = tmp_path_factory.mktemp("sharded")
    render_project({"training": "distributed"}, folder)
    flags = [*SHARDED, "model_parallel", "--checkpoints", "gathered"]
    (ended,) = train(folder, folder / "whole", Cluster(1, 4), flags)
    assert ended.status == 0, ended.errors
    return folder, read_numbers(folder / "whole")


def check_ended(ended, status=0):
    for process in ended:
        assert process.status == status, process.errors


def check_equal(folder, expected):
    """Compares metrics and the model; sums in another order round."""
    numbers = read_numbers(folder)
    assert not any(name.startswith("checkpoint") for name in numbers)
    for name, values in numbers.items():
        tolerance = 1e-6 * max(1, np.abs(expected[name]).max(initial=0))
        np.testing.assert_allclose(values, expected[name], rtol=0, atol=tolerance)


@pytest.mark.xdist_group("sharded")
def test_run_goes_on_with_other_processes(project, tmp_path):
    folder, expected = project
    flags, run = [*SHARDED, "model_parallel"], tmp_path / "run"
    told = train(folder, run, TWO, [*flags, "--no-export"], (1, "batch 14"), "tell")
    check_ended(told, PREEMPTED)
    check_ended(train(folder, run, Cluster(1, 4), [*flags, "--resume"]))
    check_equal(run, expected)


KILLS = [
    (victim, moment)
    for victim in (0, 1, "all")
    for moment in ("before arrays 1", "after state 1", "after checkpoint_1 1")
    if victim != 1  # The first process alone renames.
] + [(1, "batch 14")]


@pytest.mark.full
@pytest.mark.xdist_group("sharded")
@pytest.mark.parametrize(("victim", "moment"), KILLS)
def test_run_killed_while_it_saves_ends_equal(victim, moment, project, tmp_path, tally):
    folder, expected = project
    flags, run = [*SHARDED, "model_parallel"], tmp_path / "run"
    ended = train(folder, run, TWO, flags, (victim, moment))
    assert KILLED in [process.status for process in ended]
    resume = ["--resume"] if any(run.glob("checkpoint_?")) else []
    check_ended(train(folder, run, TWO, [*flags, *resume]))
    check_equal(run, expected)
    tally("runs with sharded checkpoints killed, after which the run ended equal")


BLIND = """

read = read_shards


def read_shards(path, variables):
    blind = path.name == "checkpoint_1" and jax.process_index() == 1
    return None if blind else read(path, variables)
"""


@pytest.mark.full
@pytest.mark.xdist_group("sharded")
def test_all_go_on_from_what_each_can_read(project, tmp_path):
    folder, expected = project
    shutil.copytree(folder / "src", tmp_path / "src")
    with (tmp_path / "src" / "my_model" / "sharded.py").open("a") as module:
        module.write(BLIND)
    flags, run = [*SHARDED, "model_parallel"], tmp_path / "run"
    check_ended(train(folder, run, TWO, [*flags, "--epochs", "1"]))
    check_ended(train(folder, run, TWO, [*flags, "--resume"]))
    ended = train(tmp_path, run, TWO, [*flags, "--resume"])
    check_ended(ended)
    assert "checkpoint_1 is damaged; going on from checkpoint_0" in ended[0].errors
    check_equal(run, expected)


@pytest.fixture(scope="module")
def emitted():
    """The modules of an emitted project, by name."""
    with use_project({"training": "distributed"}):
        yield {
            name: importlib.import_module(f"my_model.{name}")
            for name in ("network", "runs", "sharded")
        }


@pytest.fixture
def sharded(emitted):
    return emitted["sharded"]


@pytest.fixture
def checkpoint(emitted, sharded, tmp_path):
    """A checkpoint of a small model, saved twice."""
    model = emitted["network"].build_model()
    checkpoint = sharded.ShardedCheckpoint(tmp_path, model, {}, None)
    for epoch in range(2):
        checkpoint.on_epoch_end(epoch, {"loss": 1.0})
    return checkpoint


def list_data(folder):
    return [path for path in folder.rglob("*") if "/d/" in path.as_posix()]


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_restores_what_was_saved(checkpoint):
    before = checkpoint.gather(checkpoint.variables)
    checkpoint.assign(checkpoint.variables, [np.zeros_like(value) for value in before])
    assert checkpoint.load() == (2, False)
    for value, variable in zip(before, checkpoint.variables, strict=True):
        np.testing.assert_array_equal(variable, value)


# Orbax sometimes leaves an error behind that nobody raises.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_goes_on_from_the_checkpoint_before_a_damaged_one(checkpoint, capsys):
    for path in list_data(checkpoint.folder / "checkpoint_0"):
        damage(path)
    assert checkpoint.load() == (1, False)
    expected = f"{checkpoint.folder / 'checkpoint_0'} is damaged; going on from"
    assert capsys.readouterr().err == f"{expected} checkpoint_1\n"


def test_finds_damage_that_orbax_does_not_find(sharded, checkpoint, monkeypatch):
    read = sharded.read_shards

    def read_damaged(path, variables):
        first, *others = read(path, variables)
        return [first + (path.name == "checkpoint_0"), *others]

    monkeypatch.setattr(sharded, "read_shards", read_damaged)
    assert checkpoint.load() == (1, False)


@contextlib.contextmanager
def full_disk():
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_full_disk_takes_one_line_and_leaves_the_last_checkpoint(checkpoint):
    path = checkpoint.folder / "checkpoint_1"
    message = f"cannot write {path}: .*File too large[^\n]*--resume$"
    with full_disk(), pytest.raises(OSError, match=message):
        checkpoint.on_epoch_end(2, {"loss": 1.0})
    assert checkpoint.load() == (2, False)


def test_refuses_where_all_are_damaged(sharded, checkpoint):
    for path in checkpoint.folder.glob("checkpoint_?/state/metadata"):
        assert "1.0" in path.read_text()
        path.write_text(path.read_text().replace("1.0", "2.0"))
    with pytest.raises(sharded.RunError, match="checkpoint_1 is damaged; start"):
        checkpoint.load()


def test_refuses_the_other_kind(sharded, checkpoint):
    with pytest.raises(sharded.RunError, match="was made with --checkpoints sharded"):
        sharded.check_kind(checkpoint.folder, "gathered")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32", "uint8"])
def test_any_changed_bit_changes_the_checksum(sharded, dtype):
    content = np.arange(24, dtype="uint8")
    flips = np.packbits(np.eye(8 * content.size, dtype=bool), axis=1)
    arrays = [jax.numpy.asarray((content ^ flip).view(dtype)) for flip in flips]
    intact = sharded.compute_checksums([jax.numpy.asarray(content.view(dtype))])
    assert intact.item() not in sharded.compute_checksums(arrays).tolist()


def test_moved_values_change_the_checksum(sharded):
    arrays = [jax.numpy.arange(6), jax.numpy.arange(6)[::-1]]
    assert len(set(sharded.compute_checksums(arrays).tolist())) == 2


def test_checksum_is_the_same_in_shards(sharded):
    array = np.arange(24, dtype="float32").reshape(4, 6)
    mesh = jax.make_mesh((2,), ("rows",))
    spec = jax.sharding.PartitionSpec("rows")
    shards = jax.device_put(array, jax.sharding.NamedSharding(mesh, spec))
    sums = [sharded.compute_checksums([each]).item() for each in (array, shards)]
    assert sums[0] == sums[1]
