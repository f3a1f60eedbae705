"""What a user does to a project between its first day and an update."""

EDITS = {
    "src/my_model/network.py": (
        '        keras.layers.Dense(64, activation="relu"),\n' * 2,
        '        keras.layers.Dense(48, activation="gelu"),\n'
        '        keras.layers.Dense(24, activation="gelu"),\n'
        '        keras.layers.Dense(12, activation="relu"),\n',
    ),
    "src/my_model/losses.py": (
        "        return keras.ops.log1p(losses)\n",
        "        return 2.0 * (keras.ops.sqrt(1.0 + losses) - 1.0)\n",
    ),
    "src/my_model/data.py": (
        "    return load_example_data()\n",
        "    (x, y), validation = load_example_data()\n"
        "    return (x[::2], y[::2]), validation  # Half of it will do.\n",
    ),
    "src/my_model/train.py": (
        "        keras.callbacks.TerminateOnNaN(),\n",
        "        keras.callbacks.ReduceLROnPlateau(patience=5),\n"
        "        keras.callbacks.TerminateOnNaN(),\n",
    ),
    "src/my_model/model.py": (
        "        return logs, [scope.get_current_value(v) for v in self.metrics_",
        '        logs["batch_loss"] = loss\n'
        "        return logs, [scope.get_current_value(v) for v in self.metrics_",
    ),
    "pyproject.toml": (
        '    "numpy>=2.0",\n',
        '    "numpy>=2.0",\n    "pandas>=2.2",\n',
    ),
    "README.md": (
        "## Change an option\n",
        "## Notes\n\nThe data is ours.\n\n## Change an option\n",
    ),
}
"""By path, what the user replaces, and with what."""

ADDED = {"src/my_model/plots.py": '"""Pictures for the paper."""\n'}
DELETED = [".github/workflows/ci.yml", ".gitlab-ci.yml"]


def live_in(files, existing=None):
    """Edits the files of a project.

    Args:
        files: The files' texts by path.
        existing: The paths of the files that the user has had; all if left out.

    Returns:
        The texts with the user's edits, and without the files that were deleted.
    """
    existing = files if existing is None else existing
    edited = {name: text for name, text in files.items() if name not in existing}
    for name in set(files) & set(existing) - set(DELETED):
        edited[name] = edit(name, files[name])
    return {**edited, **ADDED}


def edit(name, text):
    old, new = EDITS.get(name, ("", ""))
    assert text.count(old) == 1 or not old
    return text.replace(old, new)
