"""What all figures depend on: the machine, the versions, the day."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import jax

PACKAGES = {
    "Keras": "keras",
    "JAX": "jax",
    "NumPy": "numpy",
    "Copier": "copier",
    "Jinja": "jinja2",
}


def describe_machine() -> dict[str, str]:
    """Returns what a run depends on, in words, by name."""
    return {
        "processor": f"{name_processor()}, {os.cpu_count()} cores",
        "device of JAX": jax.devices()[0].device_kind,
        "system": f"{platform.system()}, {platform.machine()}",
        "Python": platform.python_version(),
        **{name: version(package) for name, package in PACKAGES.items()},
        "date": datetime.now(UTC).date().isoformat(),
    }


def name_processor() -> str:
    """Returns the name of the processor, as far as the system tells it."""
    details = Path("/proc/cpuinfo")
    text = details.read_text() if details.is_file() else ""
    found = re.search(r"model name\s*: (.+)", text)
    return found[1] if found else platform.processor()
