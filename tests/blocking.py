"""Running code where some packages cannot be imported."""

import subprocess
import sys
import textwrap

BLOCKER = """
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ImportError(f"{{name}} is blocked")

sys.meta_path.insert(0, Blocker())
"""


def run_blocking(blocked, code, *arguments):
    """Run code in a fresh process in which some packages cannot be imported; return what it prints."""
    script = BLOCKER.format(blocked=repr(set(blocked))) + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
