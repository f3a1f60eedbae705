"""Builds the studio as a static site: `make studio`."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from trainstep.answers_file import find_version
from trainstep.studio.origin import ORIGIN_FILE, Origin
from trainstep.studio.page import list_files
from trainstep.template import template_root

HERE = Path(__file__).parent
PYODIDE = HERE / "node_modules" / "pyodide"
COPIED = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
PACKAGES = ("jinja2", "markupsafe", "yaml", "trainstep")
LOCK = "pyodide-lock.json"


def build(site: Path, source: str) -> None:
    """Builds the site into a folder, which is emptied first.

    Args:
        site: The folder.
        source: The template's git repository, for projects and command lines.
    """
    shutil.rmtree(site, ignore_errors=True)
    for name, content in list_files("worker").items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
    python = site / "pyodide"
    python.mkdir()
    for name in COPIED:
        shutil.copy(PYODIDE / name, python)
    lock = json.loads((PYODIDE / LOCK).read_text("utf-8"))
    (python / LOCK).write_text(json.dumps({**lock, "packages": {}}))
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "sources.zip")
        pack(archive, make_origin(source))
        subprocess.run(["node", HERE / "pack.mjs", archive, python], check=True)


def make_origin(source: str) -> Origin:
    """Says where the site's template comes from: a folder's last commit, or a tag."""
    version = find_version()
    return Origin(source, version, source, "HEAD" if Path(source).exists() else version)


def pack(archive: Path, origin: Origin) -> None:
    """Packs the sources of the packages, and the template as the wheel holds it."""
    root = template_root()
    files = {f"trainstep/{path.relative_to(root)}": path for path in list_template()}
    for name in PACKAGES:
        folder = Path(str(find_spec(name).origin)).parent
        paths = folder.rglob("*.py")
        files |= {f"{name}/{path.relative_to(folder)}": path for path in paths}
    with zipfile.ZipFile(archive, "w") as packed:
        for name, path in files.items():
            packed.write(path, name)
        packed.writestr(f"trainstep/{ORIGIN_FILE}", json.dumps(asdict(origin)))


def list_template() -> list[Path]:
    """Lists the files of the template, without what Python compiled of them."""
    root = template_root()
    paths = [path for path in (root / "template").rglob("*") if path.is_file()]
    return [root / "copier.yml", *(p for p in paths if "__pycache__" not in p.parts)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--source", default=str(template_root()))
    arguments = parser.parse_args()
    needed = {"node": shutil.which("node"), "npm ci in studio/": PYODIDE.exists()}
    if missing := [name for name, found in needed.items() if not found]:
        sys.exit(f"The site needs {' and '.join(missing)}.")
    build(arguments.site, arguments.source)


if __name__ == "__main__":
    main()
