"""The steps of Keras's guide fail exactly where they are known to."""

import guide_steps
import keras
import pytest
from trainstep.audit import judge as judges
from trainstep.audit.cases import CASES, shared
from trainstep.emitted import import_model

DIFFERS = {
    "partial_last_batch": "logs loss by 0.03",
    "generator_of_unknown_length": "logs loss by 0.05",
    "activity_regularizer": "logs loss by 0.3, weights by 0.002",
    "add_loss": "logs loss by 0.05, weights by 0.0007",
    "mixed_float16": "logs loss by 0.005, weights by 0.004",
    "mixed_float16_overflow": "weights by 3e-06, optimizer by 8e+06",
    "loss_scale_factor": "logs loss by 0.4, weights by 0.1",
}
FAILS = {
    "early_stopping",
    "evaluation",
    "evaluation_keeps_weights",
    "masks",
    "nested_inputs_and_outputs",
    "overridden_compute_loss",
    "scalars_in_batches_and_outputs",
    "several_outputs",
    "subclass_without_training_argument",
    "test_on_batch",
    "validation_data",
    "validation_split",
    "class_weight",
    "sample_weight",
    "weighted_validation",
}
TEXTS = {
    "Guide2023": (
        DIFFERS,
        FAILS
        | {
            "added_losses_in_compute_loss",
            "compute_loss_without_training",
            "kernel_regularizer",
            "losses_without_targets",
            "subclass",
            "train_on_batch",
        },
    ),
    "GuideNow": (
        DIFFERS
        | {
            "added_losses_in_compute_loss": "logs loss by 0.05, weights by 0.0007",
            "losses_without_targets": "logs loss by 0.05, weights by 0.0007",
            "subclass": "logs loss by 0.02",
        },
        FAILS,
    ),
}
LEFT_OUT = {"evaluation", "sample_weight"}
"""What both cannot do at all, so that cases about something else do without."""

KNOWN = {
    "activity_regularizer",
    "add_loss",
    "batch_normalization",
    "class_weight",
    "evaluation",
    "evaluation_keeps_weights",
    "mixed_float16",
    "partial_last_batch",
    "run_eagerly",
    "sample_weight",
    "several_outputs",
    "state_complete",
}
"""The cases that the README names, and some that hold."""


def mark(cases):
    """Lists cases as parameters, most of them for the suite in full only."""
    return [
        pytest.param(case, marks=() if case in KNOWN else pytest.mark.full)
        for case in cases
    ]


def expect(text, case):
    """Returns the status of a case, and how its problem begins if that is known."""
    differs, fails = TEXTS[text]
    if case in differs:
        return "differs", differs[case]
    return ("fails" if case in fails else "holds"), ""


@pytest.mark.parametrize("case", mark(CASES))
@pytest.mark.parametrize("text", TEXTS)
def test_guide_fails_where_it_is_known_to(text, case, monkeypatch):
    monkeypatch.setattr(shared, "LEFT_OUT", LEFT_OUT)
    status, problem = expect(text, case)
    outcome = judges.judge(CASES[case], getattr(guide_steps, text))
    assert outcome.status == status
    assert outcome.problem.startswith(problem)


OWN = {"loss": "custom", "metrics": "manual"}
CANNOT = [
    (guide_steps.Guide2023, LEFT_OUT),
    (guide_steps.GuideNow, LEFT_OUT),
    (keras.Model, set()),
    (import_model(OWN).CustomModel, {"loss", "metrics"}),
    (import_model({"sample_weight": False}).CustomModel, {"sample_weight"}),
]


@pytest.mark.parametrize(("model_class", "expected"), CANNOT)
def test_what_a_class_cannot_do_at_all_is_found(model_class, expected, monkeypatch):
    monkeypatch.setattr(shared, "LEFT_OUT", left_out := set())
    monkeypatch.setattr(judges, "LEFT_OUT", left_out)
    judges.leave_out_what_fails(model_class)
    assert left_out == expected


@pytest.mark.parametrize("case", ["metrics_reset", "no_retracing", "devices_agree"])
def test_emitted_class_of_own_loss_holds(case, monkeypatch):
    monkeypatch.setattr(shared, "LEFT_OUT", {"loss", "metrics"})
    model_class = import_model(OWN).CustomModel
    assert judges.judge(CASES[case], model_class).status == "holds"


def test_evaluation_of_the_guide_logs_its_last_metric_only():
    outcome = judges.judge(CASES["evaluation"], guide_steps.Guide2023Evaluation)
    assert (outcome.status, outcome.problem) == ("differs", "loss is missing")


@pytest.mark.parametrize(
    "case", mark(name for name, case in CASES.items() if case.for_any_loss)
)
def test_own_loss_of_the_guide_is_held_to_what_is_true_for_any(case, monkeypatch):
    monkeypatch.setattr(shared, "LEFT_OUT", LEFT_OUT)
    status = "fails" if "evaluation" in CASES[case].needs else "holds"
    assert judges.judge(CASES[case], guide_steps.Guide2023OwnLoss).status == status
