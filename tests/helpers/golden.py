"""Writes the golden files: `make golden`. Review what changes as code."""

from pathlib import Path

from trainstep import render_file

FOLDER = Path(__file__).parents[1] / "emitted" / "golden"
GOLDEN = {
    "default": {},
    "train_without_weights": {"custom_steps": "train", "sample_weight": False},
    "custom_loss_manual_metrics": {"loss": "custom", "metrics": "manual"},
    "test_only": {"custom_steps": "test"},
    "clip_multiclass_sequential_manual_metrics": {
        "task": "multiclass_classification",
        "model_api": "sequential",
        "metrics": "manual",
        "gradients": "clip",
    },
    "sam": {"gradients": "sam"},
    "private_fused": {"gradients": "private", "fused_steps": True},
    "accumulate_fused": {"gradients": "accumulate", "fused_steps": True},
}
"""The options of each golden `model.py`."""


def render(name: str) -> str:
    return render_file(GOLDEN[name], "model.py")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in GOLDEN:
        (FOLDER / f"{name}.py").write_text(render(name), encoding="utf-8")


if __name__ == "__main__":
    main()
