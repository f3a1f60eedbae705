"""Packs the modules that the studio loads, compiled. Runs in Pyodide: see pack.mjs."""

import py_compile
import site
import sys
import zipfile
from pathlib import Path

STDLIB = Path(f"/lib/python3{sys.version_info.minor}.zip")
UNPACKED = Path("/stdlib")
PACKAGES = Path(site.getsitepackages()[0])
BAD = {"los": "custom", "license": "mit", "package_name": "é", "gradients": "sam"}
CALLS = [
    ("project", {"options": {}}),
    ("project", {"options": {"project_name": "é 数"}, "before": {"loss": "custom"}}),
    ("project", {"options": {**BAD, "algorithm": "gan", "loss": "custom"}}),
    ("view", {"options": {}, "name": "class"}),
    ("view", {"options": {}, "name": "script"}),
    ("view", {"options": {}, "name": "notebook"}),
    ("zip", {"options": {}}),
]
"""What the page asks: each way through the modules."""


def list_loaded(folder):
    """Lists the files of the modules that are loaded from a folder, relative to it."""
    specs = [getattr(module, "__spec__", None) for module in sys.modules.values()]
    paths = [Path(spec.origin) for spec in specs if spec and spec.origin]
    return [path.relative_to(folder) for path in paths if folder in path.parents]


def compile_module(path):
    """Compiles a module: without docstrings, unless Pyodide reads them itself."""
    compiled = Path(f"{path}c")
    level = 0 if path.relative_to(path.anchor).parts[1].endswith("pyodide") else 2
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    settings = {"doraise": True, "optimize": level, "invalidation_mode": mode}
    py_compile.compile(str(path), str(compiled), path.name, **settings)
    return compiled


def pack(name, folder, modules, data=()):
    """Packs modules of a folder, compiled, and other files of it as they are."""
    files = {f"{module}c": compile_module(folder / module) for module in modules}
    files |= {str(path): folder / path for path in data}
    with zipfile.ZipFile(name, "w") as packed:
        for file in sorted(files):
            content, deflated = files[file].read_bytes(), zipfile.ZIP_DEFLATED
            packed.writestr(zipfile.ZipInfo(file), content, deflated, compresslevel=9)


def main():
    for archive, folder in (("/all.zip", PACKAGES), (STDLIB, UNPACKED)):
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    from trainstep.studio.api import call

    for method, arguments in CALLS:
        call(method, arguments)
    root = PACKAGES / "trainstep"
    data = [root / "copier.yml", root / "origin.json", *(root / "template").rglob("*")]
    files = [path.relative_to(PACKAGES) for path in data if path.is_file()]
    pack("/sources.zip", PACKAGES, list_loaded(PACKAGES), files)
    pack("/python_stdlib.zip", UNPACKED, list_loaded(STDLIB))


main()
