"""What a user does to a project between its first day and an update."""

NETWORK = "src/my_model/network.py"
LAST = (
    "        return logs, [scope.get_current_value(v) for v in self.metrics_"
    "variables]\n"
)
DENSE = 'keras.layers.Dense(64, activation="relu")'
MAKES_METRICS = (
    "        # Add metrics of your own below, and update them in `compute_metrics()`.\n"
)
UPDATES_METRICS = "        # Update metrics of your own here.\n"
WIDER = 'keras.layers.Dense(96, activation="gelu")'

EDITS = {
    "src/my_model/losses.py": [
        (
            "        return keras.ops.log1p(losses)\n",
            "        return 2.0 * (keras.ops.sqrt(1.0 + losses) - 1.0)\n",
        )
    ],
    "src/my_model/data.py": [
        (
            "    return load_example_data()\n",
            "    train, validation = load_example_data()\n"
            "    return tuple(array[::2] for array in train), validation\n",
        )
    ],
    "src/my_model/model.py": [
        (
            MAKES_METRICS,
            f'{MAKES_METRICS}        self.mine = keras.metrics.Mean(name="mine")\n',
        ),
        (
            UPDATES_METRICS,
            f"{UPDATES_METRICS}        "
            "self.mine.update_state(keras.tree.flatten(x)[0])\n",
        ),
        (
            LAST,
            f'        logs["my_log"] = 1.0\n{LAST}'
            "\n    def count_layers(self):\n        return len(self.layers)\n",
        ),
    ],
    "src/my_model/train.py": [
        (
            "        keras.callbacks.TerminateOnNaN(),\n",
            "        keras.callbacks.ReduceLROnPlateau(patience=5),\n"
            "        keras.callbacks.TerminateOnNaN(),\n",
        )
    ],
    NETWORK: [
        (
            "    return model\n",
            '    print(len(model.layers), "layers")\n    return model\n',
        )
    ],
    "pyproject.toml": [
        (
            '    "numpy>=2.0",\n',
            '    "numpy>=2.0",\n    "pandas>=2.2",\n',
        )
    ],
    "README.md": [
        (
            "## Change an option\n",
            "## Notes\n\nThe data is ours.\n\n## Change an option\n",
        )
    ],
}
"""By path, what the user replaces, and with what, beside any option that changes."""

HIDDEN_LAYERS = {
    NETWORK: [
        (
            f"    hidden = {DENSE}(features)\n    hidden = {DENSE}(hidden)\n",
            f"    hidden = {WIDER}(features)\n    hidden = {WIDER}(hidden)\n",
        ),
        (
            f"            {DENSE},\n" * 2,
            f"            {WIDER},\n" * 2,
        ),
        (
            f"        self.hidden_1 = {DENSE}\n        self.hidden_2 = {DENSE}\n",
            f"        self.hidden_1 = {WIDER}\n        self.hidden_2 = {WIDER}\n",
        ),
    ],
}
"""By path, what the user replaces in lines that `model_api` and `algorithm` rewrite."""

ADDED = {"src/my_model/plots.py": '"""Pictures for the paper."""\n'}
DELETED = [".github/workflows/ci.yml", ".gitlab-ci.yml"]


def live_in(files, existing=None, edits=EDITS):
    """Edits the files of a project.

    Args:
        files: The files' texts by path.
        existing: The files that the user has edited; those if left out.
        edits: What the user replaces, by path.

    Returns:
        The texts with the user's edits, and without the files that were deleted.
    """
    existing = files if existing is None else existing
    edited = {name: text for name, text in files.items() if name not in existing}
    for name in set(files) & set(existing) - set(DELETED):
        pairs = [pair for pair in edits.get(name, ()) if pair[0] in existing[name]]
        edited[name] = edit(files[name], pairs)
    return {**edited, **ADDED}


def edit(text, pairs):
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text
