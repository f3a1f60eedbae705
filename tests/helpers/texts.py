"""Texts that people type, and texts that break what forgets to quote them."""

import re

from hypothesis import strategies as st
from trainstep.questions import format_answer, questions

LETTERS = str.split(
    "Heart müller 数字 مرحبا שלום é ß Ⅷ 2 - _ . ☃ 👩\u200d🔬 e\u0301 \ufe0f"
)
BLANKS = [" ", "  ", "\u00a0", "\u3000", "\u200c", "\u200d"]
QUOTES = str.split(r"""' " ` “ « ''' ``` \ \\ \n \u0041 \x41 \" \'""")
TEMPLATES = """
{{ 7 * 191 }}
{{ self }}
{{ package_name }}
{{ cycler.__init__.__globals__.os.popen('id').read() }}
{% set project_name = 7 * 191 %}
{% include 'copier.yml' %}
{% raw %}
{% endraw %}
%(name)s
""".splitlines()[1:]
BRACES = str.split("{{ }} {% %} {# #} { } {0} %s % [%")
COMMANDS = str.split("$(id) `id` ;id &&id |id ${HOME} $HOME $$ $(MAKE) ~ !! > < ../..")
MARKUP = str.split("--- | # ]]> <!-- <b> &amp; : - !!map * & [x](y) [tool] = == @")
VALUES = str.split("yes null 1e3 0x1 2020-01-01 1:30 .inf true -1")
NAMES = str.split("class match keras test con conftest scikit_learn __init__ .. x1_")
SHOWN = [*LETTERS, *BLANKS, *QUOTES, *TEMPLATES, *BRACES, *COMMANDS, *MARKUP, *VALUES]
SHOWN += [*NAMES, '"""', "_commit: 1", "x" * 32]

ENDS = [*"\n\r\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\r\n"]
CONTROLS = [*"\0\x07\x08\x1b\x7f\xad\u200f\u202e\u2066\ufeff\ud800\udcff\U000e0041"]
ALL = [*SHOWN, *ENDS, *CONTROLS]

HOSTILE = {
    "project_name": "{{ 7 * 191 }} {% raw %} $(touch it) `touch it` \\ '",
    "package_name": "heart",
    "description": f'--- # {"{{ self }} " * 30}: | > & * !!python/none <!-- "',
    "author_name": "null",
    "author_email": "{{self}}|`id`@$HOME",
}
"""Answers that are taken, and taken literally."""
NOT_ASKED = {
    name: HOSTILE[name] for name in ("project_name", "package_name", "description")
}
"""Those that Copier takes its defaults for, unless they are given."""


def join(pieces):
    return st.lists(pieces, max_size=6).map("".join)


def mostly(good, bad):
    return st.integers(0, 15).flatmap(lambda number: good if number else bad)


shown = join(st.sampled_from(SHOWN)).map(str.strip)
hidden = join(st.sampled_from(ALL) | st.characters(exclude_categories=()))
repeated = st.builds(
    lambda text, n: text * n, st.sampled_from(ALL), st.integers(9, 9999)
)
texts = shown | hidden | repeated
identifiers = st.from_regex(r"[a-z]([a-z0-9_]{0,30}[a-z0-9])?", fullmatch=True)
hosts = st.builds("{}@{}".format, identifiers, identifiers)
GOOD = {"package_name": identifiers, "author_email": hosts}


def answer(question):
    """Makes answers to a question, most of them good."""
    if question.choices:
        return mostly(st.sampled_from(question.choices), shown)
    bad = st.sampled_from(NAMES) | texts
    return mostly(GOOD.get(question.name, shown), bad)


def make_options(questions):
    """Makes answers to some of the questions."""
    return st.fixed_dictionaries({}, optional={q.name: answer(q) for q in questions})


all_options = make_options(questions())
text_options = make_options([q for q in questions() if not q.choices])


def name_answer(question):
    return st.tuples(st.just(question.name), answer(question).map(format_answer))


def make_command(start, rest):
    return st.builds(
        lambda first, more: [*first, *more], start, st.lists(rest, max_size=3)
    )


answers = st.sampled_from(questions()).flatmap(name_answer)
flags = answers.map(lambda pair: f"--{pair[0].replace('_', '-')}={pair[1]}")
sides = st.sampled_from(["from", "to"])
pairs = st.builds(lambda side, pair: f"--{side}={'='.join(pair)}", sides, answers)
words = shown | hidden | st.sampled_from(["--defaults", "--file", "--to", "-h"])
# No slash, so that all stays in one folder, and nothing that no process can be given.
words = words.map(lambda word: re.sub("[/\0\ud800-\udc7f\udd00-\udfff]", "_", word))
arguments = st.one_of(
    make_command(st.tuples(st.just("new"), words, st.just("--defaults")), flags),
    make_command(st.just(["show"]), flags),
    make_command(st.just(["diff", "--to=loss=custom"]), pairs),
    make_command(st.sampled_from([["new"], ["show"], ["diff"], ["options"]]), words),
    make_command(st.tuples(words), words | flags | pairs),
)
"""What might follow the name of the command."""
