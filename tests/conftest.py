"""What all tests share: Keras on JAX, one cache of compiled steps, and the tallies."""

import os
import shutil
import signal
import statistics
import tempfile
from collections import defaultdict

import compiling
import copier
import jinja2
import pytest
import yaml
from templates import copy_template, make_repository
from trainstep import base
from trainstep import update as updates

os.environ["KERAS_BACKEND"] = "jax"
os.environ["XLA_FLAGS"] = compiling.DEVICES
os.environ.setdefault("LOCK", "requirements.lock")
CACHE = "JAX_COMPILATION_CACHE_DIR"


MEMORY, ROOM = "/dev/shm", 2**32
"""A folder in memory, and the bytes that have to be free there."""

WANTED = "They need Chromium (apt-get install chromium), Node.js and npm."

TALLIES = defaultdict(list)
FIGURES = {"sum": sum, "mean": statistics.fmean, "largest": max, "smallest": min}


def pytest_addoption(parser):
    parser.addoption(
        "--full", action="store_true", help="run the long proofs in full, too"
    )


def pytest_configure(config):
    """Lets all processes of this run share what they compile, and compile quickly."""
    config.addinivalue_line("markers", "full: runs with --full only")
    if not config.getoption("full"):
        os.environ.update(compiling.QUICK)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
            # Disks delete slowly, and what is written here need not last.
            os.environ["TMPDIR"] = tempfile.tempdir = MEMORY
        os.environ[CACHE] = tempfile.mkdtemp(prefix="trainstep-tests-")
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"


def pytest_unconfigure():
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ[CACHE])


def pytest_collection_modifyitems(config, items):
    """Leaves out what is marked `full`, unless all is asked for.

    Groups, each of which one process runs, come first: what is single then fills the
    end, where no process should wait for another.
    """
    items.sort(key=lambda item: not item.get_closest_marker("xdist_group"))
    if not config.getoption("full"):
        left_out = [item for item in items if item.get_closest_marker("full")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def tally(record_property):
    """Adds to a figure that is printed after the last test, one of `FIGURES`."""

    def add(name, value=1, figure="sum"):
        record_property("tally", (name, float(value), figure))

    return add


@pytest.fixture(scope="session")
def users_process():
    """A process that compiles as a user's does."""
    with compiling.start_process(compiling.AS_USERS) as pool:
        yield pool


@pytest.fixture
def half_precision():
    """Lets layers compute in half precision, with the loss scaled."""
    import keras  # Only once the backend is chosen.

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.fixture
def heeded():
    """Lets processes heed an interrupt, which those in the background ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def fast_copier():
    """Keeps Copier from doing again what gives the same.

    It makes a new Jinja environment for each copy, reads `copier.yml` again, asks git
    whether the template is a bundle, and about the executable bit of each file, which
    git keeps anyway where files have such a bit.
    """
    compile_source = jinja2.Environment.compile
    compiled = {}

    def compile_new(self, source, name=None, filename=None, *arguments):
        key = (type(self), source, name)
        if key not in compiled:
            compiled[key] = compile_source(self, source, name, filename, *arguments)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_new)
        patch.setattr("copier._main.is_git_available", lambda: False)
        patch.setattr("copier._vcs.is_git_bundle", lambda _: False)
        patch.setattr(yaml, "SafeLoader", yaml.CSafeLoader)
        yield


@pytest.fixture
def template(tmp_path):
    """A template in git, whose only commit is tagged."""
    return make_repository(copy_template(tmp_path / "template"), tag="v1.0.0")


@pytest.fixture
def at_version(monkeypatch):
    """Lets this package's template be of the version of the tests' templates."""
    monkeypatch.setattr(base, "find_version", lambda: "v1.0.0")
    monkeypatch.setattr(updates, "find_version", lambda: "v1.0.0")


@pytest.fixture
def folder(template, tmp_path, at_version):
    """A new project of the template, committed."""
    copier.run_copy(str(template), tmp_path / "my-model", defaults=True, quiet=True)
    return make_repository(tmp_path / "my-model")


def pytest_runtest_logreport(report):
    for key, record in report.user_properties:
        if key == "tally" and report.when == "teardown":
            name, value, figure = record
            TALLIES[name, figure].append(value)


def pytest_terminal_summary(terminalreporter):
    """Prints the tallies, each in one line, and what did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    if count := sum("tests/studio/" in report.nodeid for report in skipped):
        terminalreporter.section("NOT RUN", red=True, bold=True)
        reason = f"{count} tests of the studio did not run. {WANTED}"
        terminalreporter.write_line(reason, red=True, bold=True)
    if TALLIES:
        terminalreporter.section("tallies")
    for (name, figure), values in sorted(TALLIES.items()):
        terminalreporter.write_line(f"{name}: {FIGURES[figure](values):.4g}")
