"""A fork of the template, with choices of its own made of `copier.yml` and parts."""

import json
import os
import shutil
import subprocess
import sys

import yaml
from templates import copy_template
from trainstep.template import template_root

INCLUDE = "{% include 'template/parts/gradients/plain/differentiate.jinja' %}\n"
CHOICES = {
    "lacking": "",
    "unlinted": "unused = 1",
    "unformatted": "gradients = (gradients)",
    "killed": '__import__("os").kill(__import__("os").getpid(), 9)',
    "endless": '__import__("threading").Event().wait()',
    "reversed": "gradients = [-gradient for gradient in gradients]",
    "waiting": 'list(iter(lambda: __import__("os").path.exists("go"), True))',
    "remarked": "# The gradients stay as they are.",
    "limited": "gradients = [keras.ops.clip(g, -0.01, 0.01) for g in gradients]",
    "plain": "",
}
"""By choice of `gradients`, the line of train_step() that follows those of `plain`."""
WORDS = {"limited": "        optimizer.clipvalue = 0.01\n"}
"""By choice, what its reference is compiled with, where its numbers are its own."""
FIXED = (
    "algorithm=supervised,task=regression,model_api=functional,custom_steps=train,"
    "sample_weight=false,loss=compiled,metrics=compiled,fused_steps=false"
)
"""The answers to all questions but `gradients`."""


def make_fork(folder, *choices):
    """Copies the template, and gives `gradients` other choices; the last is default."""
    copy_template(folder)
    path = folder / "copier.yml"
    config = yaml.safe_load(path.read_text())
    config["gradients"] |= {"choices": list(choices), "default": choices[-1]}
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    parts = folder / "template" / "parts" / "gradients"
    for choice in set(choices) - {"plain"}:
        shutil.copytree(parts / "plain", parts / choice)
        write_part(folder, choice, CHOICES[choice])
        words = (parts / choice / "words.jinja").read_text()
        compiled = f"{{% set test_compile %}}\n{WORDS.get(choice, '')}{{% endset %}}"
        words = words.replace("{% set test_compile = '' %}", compiled)
        (parts / choice / "words.jinja").write_text(words)
    if "lacking" in choices:
        (parts / "lacking" / "differentiate.jinja").unlink()
    return folder


def write_part(fork, choice, line):
    """Writes what a choice of `gradients` does after `plain`."""
    part = fork / "template" / "parts" / "gradients" / choice / "differentiate.jinja"
    part.write_text(f"{INCLUDE}        {line}\n")


def start(fork, folder, *arguments, **options):
    """Starts the command with the fork's template, in a folder."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(template_root() / "generator"),
        "TRAINSTEP_TEMPLATE": str(fork),
    }
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    command = [sys.executable, "-m", "trainstep", *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, **options)


def run(fork, folder, *arguments, **options):
    """Runs the command; returns its exit code, and what it printed."""
    with start(fork, folder, *arguments, **options) as process:
        output, errors = process.communicate()
    return process.returncode, output, errors


def read_report(folder):
    """Reads `out.json`: the combinations by their choice of `gradients`."""
    report = json.loads((folder / "out.json").read_text())
    return {case["options"]["gradients"]: case for case in report["combinations"]}
