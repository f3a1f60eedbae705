"""The cases catch what is wrong with a step, by the case that names it.

Without a fault, the same step passes all cases: `test_parity.py`.
"""

import inspect

import planted
import pytest
from trainstep.audit import judge as judges
from trainstep.audit.cases import CASES
from trainstep.audit.cases import advice as advices
from trainstep.audit.cases.case import Advice
from trainstep.audit.excerpts import find_excerpt

FAULTS = [
    ("MetricNotReset", "metrics_reset", "go on from the epoch before"),
    ("LossNotWeighted", "partial_last_batch", "last batch is smaller"),
    ("ScaleDropped", "loss_scale_factor", "loss_scale_factor"),
    ("ScaleDropped", "mixed_float16_overflow", "loss scale"),
    ("OptimizerBesideState", "state_complete", "optimizer's state"),
    ("StaleBatchNorm", "batch_normalization", "keeps its first averages"),
    ("TracerKept", "no_leaked_tracer", "tracer is kept"),
    ("SameRandomKey", "randomness_renewed", "the same in each step"),
    ("SameRandomKey", "dropout_and_noise", "the same in each step"),
    ("WeightsIgnoredInMetric", "sample_weight", "count in some numbers only"),
    ("LastLogOnly", "evaluation", "leaves out logs"),
    ("DonatedBufferUsedAgain", "second_fit", "Array has been deleted"),
    ("ChangesDtype", "no_retracing", "compiled again"),
    ("StateOrderSwapped", "state_order", "another order"),
    ("TrainingNotPassed", "randomness_renewed", "are off in training"),
    ("TrainingNotPassed", "dropout_and_noise", "are off in training"),
]
"""By fault, a case that catches it, and words of the case that name it."""

ADVICE = [value for value in vars(advices).values() if isinstance(value, Advice)]


@pytest.mark.parametrize(("fault", "case", "words"), FAULTS)
def test_planted_fault_is_caught_by_the_case_that_names_it(fault, case, words):
    outcome = judges.judge(CASES[case], planted.plant(fault))
    assert outcome.status in ("differs", "fails"), outcome
    assert words in CASES[case].notice


def test_every_planted_fault_is_caught():
    faults = {name for name, value in vars(planted).items() if inspect.isclass(value)}
    assert faults - {"KeepsOldValues"} == {fault for fault, *_ in FAULTS}


@pytest.mark.parametrize("advice", ADVICE, ids=lambda advice: advice.code)
def test_advice_names_one_line_of_the_emitted_step(advice):
    excerpt = find_excerpt(advice)
    assert advice.code in excerpt.code and excerpt.method == advice.method
