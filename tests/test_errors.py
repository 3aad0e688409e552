"""The family of errors: the tree that is drawn is the tree that there is."""

import inspect
import re

from workbench import errors

DRAWN = re.compile(r"^    (?P<indent>[│ ]*)(?:[├└]── )?(?P<name>\w+Error)\b", re.MULTILINE)


def test_the_drawing_shows_every_class_below_its_base() -> None:
    above: list[str] = []
    drawn = {}
    for found in DRAWN.finditer(errors.__doc__ or ""):
        level = 0 if "──" not in found[0] else len(found["indent"]) // 4 + 1
        del above[level:]
        drawn[found["name"]] = above[-1] if above else "Exception"
        above.append(found["name"])
    classes = {
        name: each.__bases__[0].__name__
        for name, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, Exception)
    }
    assert drawn == classes


def test_every_class_says_what_it_is_for() -> None:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Exception)]
    assert [each.__name__ for each in classes if not each.__dict__.get("__doc__")] == []
