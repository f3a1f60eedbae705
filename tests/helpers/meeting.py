"""Where two edits of the same text meet."""

import difflib


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
