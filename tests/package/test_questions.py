"""The options are those of `copier.yml`, and as strict as Copier, in its words."""

import copier
import pytest
from templates import copy_template
from trainstep import OptionError, combinations
from trainstep.questions import (
    change,
    complete,
    examine,
    questions,
    resolve,
    step_questions,
)

BAD_TEXTS = [
    ("project_name", " "),
    ("package_name", "keras"),
    ("package_name", "class"),
    ("package_name", "Heart"),
    ("package_name", "1_heart"),
    ("package_name", "häart"),
    ("package_name", "h" * 33),
    ("package_name", "con"),
    ("package_name", "\x1b\n" * 1000),
    ("project_name", "h" * 101),
    ("description", "two\nlines"),
    ("description", "h" * 501),
    ("author_name", " "),
    ("author_email", "nobody"),
    ("author_email", "h@" + "h" * 254),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A plain folder, of which Copier takes what is there, not a commit."""
    return str(copy_template(tmp_path_factory.mktemp("catalog") / "template"))


def run_copier(template, dest, options):
    return copier.run_copy(
        template, dest, options, defaults=True, pretend=True, quiet=True
    )


def find_error(options):
    with pytest.raises(OptionError) as caught:
        resolve(options)
    return str(caught.value)


def count_by_hand():
    """Multiplies choices out, as the plan of options has them."""
    projects = 3 * 3 * 2  # task, model_api, sample_weight
    train_steps = (5 + 3) * 2  # custom_steps with their gradients, fused_steps
    supervised = projects * 2 * 2 * (train_steps + 1)  # loss, metrics
    targets = 4 * projects * 3 * 2  # gradients, fused_steps
    no_targets = (3 * 3 + 2) * 2  # contrastive has two kinds of gradients
    return supervised + targets + no_targets + 2 * 2  # gan, wgan_gp: fused_steps


def test_combinations_are_all_and_distinct():
    found = {tuple(options.items()) for options in combinations()}
    assert len(found) == len(list(combinations())) == count_by_hand()


def test_combinations_resolve_to_themselves():
    for options in combinations():
        assert options.items() <= resolve(options).items()


def test_combinations_hold_what_applies_alone():
    for options in combinations():
        writes_train_step = options.get("custom_steps") != "test"
        assert ("fused_steps" in options) == writes_train_step
        assert ("loss" in options) == (options["algorithm"] == "supervised")
        assert ("model_api" in options) == ("task" in options)


def test_every_choice_is_in_a_combination():
    for question in step_questions():
        found = {options.get(question.name) for options in combinations()} - {None}
        assert found == set(question.choices)


def test_default_comes_first():
    for question in questions():
        assert not question.choices or question.choices[0] == question.default


def test_defaults_are_those_of_copier(template, tmp_path):
    worker = run_copier(template, tmp_path / "my-model", {})
    assert worker.answers.user == complete(resolve({}))


def test_package_name_follows_project_name():
    answers = resolve({"project_name": "2 Heart-Beats!"})
    assert answers["package_name"] == "heart_beats"


@pytest.mark.parametrize("answer", ["true", True])
def test_boolean_is_a_word_or_a_value(answer):
    assert resolve({"sample_weight": answer})["sample_weight"] is True


def test_unknown_option_names_the_known_and_the_nearest():
    error = find_error({"los": "custom"})
    assert "Did you mean loss?" in error
    assert all(question.name in error for question in questions())


def test_unknown_choice_names_the_known_and_the_nearest():
    error = find_error({"gradients": "accumulated"})
    assert error == (
        "gradients cannot be 'accumulated'. Did you mean accumulate? "
        "Choose from: plain, clip, accumulate, sam, private."
    )


def test_choice_that_needs_other_answers_says_which():
    assert find_error({"gradients": "sam", "custom_steps": "train"}) == (
        "gradients cannot be 'sam' here: it needs algorithm=supervised and "
        "custom_steps=train_and_test. Choose from: plain, clip, accumulate."
    )


def test_choice_that_needs_other_answers_is_refused_as_copier_does(template, tmp_path):
    with pytest.raises(ValueError, match="it needs algorithm=supervised and"):
        options = {"gradients": "sam", "custom_steps": "train"}
        run_copier(template, tmp_path / "project", options)


@pytest.mark.parametrize("answer", ["maybe", "True", "1", "yes", ""])
def test_boolean_is_strict(answer):
    assert "true, false" in find_error({"sample_weight": answer})


def test_option_that_does_not_apply_names_those_that_do():
    error = find_error({"custom_steps": "test", "gradients": "clip"})
    assert "only when a train_step() with one optimizer is written" in error
    assert "loss" in error and "fused_steps" not in error


@pytest.mark.parametrize(("name", "text"), BAD_TEXTS)
def test_bad_text_is_refused_in_the_words_of_copier(name, text, template, tmp_path):
    error = find_error({name: text})
    with pytest.raises(ValueError) as caught:
        run_copier(template, tmp_path / "project", {name: text})
    _, said = str(caught.value).split(f"question '{name}': ")
    assert error == f"{name}: {' '.join(said.split())}"


def test_change_keeps_the_other_options():
    answers = change({"gradients": "clip"}, {"loss": "custom"})
    assert answers == resolve({"gradients": "clip", "loss": "custom"})


def test_change_drops_what_no_longer_applies():
    answers = change({"gradients": "clip"}, {"custom_steps": "test"})
    assert answers == resolve({"custom_steps": "test"})


def test_change_drops_a_choice_that_needs_other_answers():
    answers = change({"gradients": "sam"}, {"custom_steps": "train"})
    assert answers == resolve({"custom_steps": "train"})


def test_change_refuses_a_new_option_that_does_not_apply():
    with pytest.raises(OptionError, match="gradients does not apply"):
        change({}, {"custom_steps": "test", "gradients": "clip"})


def test_every_problem_is_collected():
    options = {"los": "x", "loss": "y", "package_name": "keras", "ci": "gitlab"}
    answers, problems = examine(options)
    assert [*problems] == ["los", "package_name", "loss"]
    assert answers == resolve({"ci": "gitlab"})


def test_first_problem_is_raised():
    options = {"loss": "y", "package_name": "keras"}
    _, problems = examine(options)
    with pytest.raises(OptionError) as caught:
        resolve(options)
    assert str(caught.value) == problems["package_name"]
