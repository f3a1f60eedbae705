"""The local server and Pyodide answer by the same module, and to this page only."""

import json
import signal
import subprocess
import sys
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from trainstep import OptionError, combinations
from trainstep.bundle.forms import FORMS
from trainstep.render import render_files
from trainstep.studio.api import METHODS, call
from trainstep.studio.page import FOLDER, list_files

HASH = Path(__file__).parents[1] / "helpers" / "hash_projects.mjs"
ALLOWED = {*sys.stdlib_module_names, "jinja2", "markupsafe", "yaml", "_yaml"}
LOADED = """
import json, sys
before = {*sys.modules}
from trainstep.studio.api import call
for method, arguments in json.loads(sys.argv[1]):
    call(method, arguments)
files = {name: getattr(sys.modules[name], "__file__", None) for name in sys.modules}
print(json.dumps([name for name in files if files[name] and name not in before]))
"""
CALLS = [
    ("project", {"options": {"loss": "custom", "los": "x"}, "before": {}}),
    *(("view", {"options": {}, "name": name}) for name in ("class", *FORMS)),
    ("zip", {"options": {}}),
]
FOREIGN = [
    {"Host": "example.org"},
    {"Host": "127.0.0.1:1"},
    {"Origin": "https://example.org"},
    {"Origin": "null"},
]


def ask(url, method, path, body=None, **headers):
    """Sends a request with any headers; returns the status and the body."""
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname, place.port)
    connection.request(method, path, body, {"Host": place.netloc, **headers})
    response = connection.getresponse()
    content = response.read().decode()
    connection.close()
    return response.status, content


def ask_project(url, **headers):
    body = json.dumps({"method": "project", "arguments": {"options": {}}})
    return ask(url, "POST", "/call", body, **headers)


def test_page_loads_jinja_yaml_and_the_standard_library_only():
    assert {method for method, _ in CALLS} == METHODS.keys()
    command = [sys.executable, "-c", LOADED, json.dumps(CALLS)]
    loaded = json.loads(subprocess.check_output(command))
    names = {name.partition(".")[0] for name in loaded}
    assert names - ALLOWED == {"trainstep"}


def test_method_that_does_not_exist_is_named():
    with pytest.raises(OptionError, match="Did you mean project"):
        call("projects", {})


def test_page_is_small_and_asks_no_other_origin():
    paths = [*FOLDER.iterdir()]
    assert sum(len(path.read_text("utf-8").splitlines()) for path in paths) < 600
    texts = [path.read_text("utf-8") for path in paths if path.suffix != ".svg"]
    assert not [text for text in texts if "http:" in text or "https:" in text]
    assert max(len(line) for text in texts for line in text.splitlines()) <= 120


def test_server_answers_its_own_page(server):
    status, answer = ask_project(server)
    assert (status, json.loads(answer)) == (200, call("project", {"options": {}}))
    assert ask(server, "GET", "/")[0] == ask(server, "GET", "/?x=1")[0] == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_server_refuses_others(headers, server):
    assert ask_project(server, **headers)[0] == 403
    assert ask(server, "GET", "/", **headers)[0] == 403


def test_server_serves_nothing_else(server):
    for path in ("/../server.py", "/%2e%2e/server.py", "/api.py", "//etc/passwd"):
        assert ask(server, "GET", path)[0] == 404


def test_mistake_of_a_call_takes_one_line(server):
    body = json.dumps({"method": "zip", "arguments": {"options": {"loss": "x"}}})
    status, answer = ask(server, "POST", "/call", body)
    assert (status, len(answer.splitlines())) == (400, 1)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (f'"{"x" * 100_000}"', 413, "is too long"),
        ("{", 400, "is not JSON"),
        ("[]", 400, "is not JSON of a method"),
        ('{"method": "zip"}', 400, "and arguments"),
    ],
    ids=["long", "broken", "list", "half"],
)
def test_request_that_cannot_be_read_takes_one_line(body, status, words, server):
    answered, line = ask(server, "POST", "/call", body)
    assert answered == status and words in line


@pytest.mark.usefixtures("heeded")
def test_command_serves_the_page(tmp_path):
    command = [sys.executable, "-m", "trainstep", "studio", "--port=0", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        url = process.stdout.readline().split()[4]
        assert b"CustomModel" in urlopen(url).read()
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0


def test_port_in_use_takes_one_line(server):
    port = str(urlsplit(server).port)
    command = [sys.executable, "-m", "trainstep", "studio", "--port", port]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: Port {port} cannot be used")
    assert len(result.stderr.splitlines()) == 1


def test_static_site_holds_the_same_page(static_site):
    for name, content in list_files("worker").items():
        assert (static_site / name).read_bytes() == content


def test_static_site_starts_with_the_default_project(static_site):
    start = (static_site / "index.html").read_text("utf-8")
    text = start.partition('<script id="start" type="application/json">')[2]
    project = json.loads(text.partition("</script>")[0])["project"]
    assert project == call("project", {"options": {}})


def test_every_combination_is_the_same_in_pyodide(static_site, tally):
    command = ["node", HASH, static_site]
    hashes = subprocess.check_output(command, text=True).split()
    projects = map(render_files, combinations())
    texts = ("\0".join(map("\0".join, files.items())) for files in projects)
    assert hashes == [sha256(text.encode()).hexdigest() for text in texts]
    tally("combinations hashed in Pyodide", len(hashes))
