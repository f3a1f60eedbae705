"""What an update should leave of a project that its user edited, and what it left."""

import difflib

from lived_in import HIDDEN_LAYERS, NETWORK, live_in
from templates import read_files
from trainstep.merging import MARKER
from trainstep.render import render_files


def expect(start, after, edits):
    """Renders what an update should leave: the new options' files, with all edits."""
    before = render_files(start)
    losses = {n: t for n, t in live_in(before).items() if n.endswith("losses.py")}
    return losses | live_in(render_files(after), before, edits)


def count_lost(start, files, edits):
    """Counts the lines of the user that are nowhere in the project's files."""
    emitted = list_lines(render_files(start))
    lived_in = live_in(render_files(start), edits=edits)
    return len(list_lines(lived_in) - emitted - list_lines(files))


def list_lines(files):
    return {line for text in files.values() for line in text.splitlines()}


def find_conflicts(files):
    return {name for name, text in files.items() if MARKER in text}


def meet_in_network(start, after):
    """Says whether the user and an option changed the same lines of `network.py`."""
    base, new = render_files(start), render_files(after)
    mine = live_in(base, edits=HIDDEN_LAYERS)
    return count_meetings(base[NETWORK], mine[NETWORK], new[NETWORK])


def read_without(folder, name):
    return {n: text for n, text in read_files(folder).items() if n != name}


def name_saved(start):
    """Names where the network stays as it was when the algorithm changes."""
    return f"src/my_model/network_{start['algorithm']}.py"


def count_meetings(base, mine, new):
    """Counts the edits of one that lie inside lines that the other changed.

    Edits of lines that stand side by side do not count, nor lines added in the same
    place.
    """
    others = list_places(base, new)
    places = list_places(base, mine)
    return sum(any(meet(place, other) for other in others) for place in places)


def list_places(base, text):
    """Lists what an edit changes: from which line to which, the same where it adds."""
    lines = base.splitlines(), text.splitlines()
    matcher = difflib.SequenceMatcher(None, *lines, autojunk=False)
    return [code[1:3] for code in matcher.get_opcodes() if code[0] != "equal"]


def meet(one, other):
    """Says whether two places share lines, or one adds lines inside of the other."""
    (start, end), (other_start, other_end) = one, other
    if start == end or other_start == other_end:
        return start < other_end and other_start < end
    return max(start, other_start) < min(end, other_end)
