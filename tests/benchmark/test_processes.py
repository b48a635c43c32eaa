import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from classicvis.benchmark._data import save_data
from classicvis.benchmark._measure import Job
from classicvis.benchmark._processes import Processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("data"))
    save_data(np.zeros((20, 4)), folder, "X")
    save_data(np.arange(20) % 2, folder, "y")
    return folder


def make_job(action=None):
    """Make a job whose fit calls a function; a class made here travels by value."""

    class Acting(DummyClassifier):
        def fit(self, X, y):
            self.found_ = action() if action is not None else None
            return super().fit(X, y)

    scorers = {} if action is None else {"found": lambda model, X, y: model.found_ or 0}
    return Job("method", Acting(), np.arange(10), "X", np.arange(10, 20), scorers, 8, False)


def run(folder, action=None, **options):
    with Processes(folder) as processes:
        return processes.run(make_job(action), on_stage=lambda stage: None, **options)


def find(folder, action, **options):
    """Return the number that an action returns in the process."""
    [found] = run(folder, action, **options).scorer_values["found"]
    return int(found)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_process_is_another_one_and_fresh(folder):
    assert find(folder, os.getpid) not in (0, os.getpid())


def test_process_reports_stages_and_prints_elsewhere(folder, capfd):
    stages = []
    with Processes(folder) as processes:
        result = processes.run(make_job(lambda: print("hello")), on_stage=stages.append)
    assert result.error is None
    assert stages == ["reading", "fitting", "predicting"]
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "hello" in captured.err


def test_process_that_raises(folder):
    def fail():
        raise KeyError("no such thing")

    result = run(folder, fail)
    assert result.error == "KeyError: 'no such thing'"
    assert "in fail" in result.traceback
    assert result.y_pred is None
    assert (result.name, result.estimator) == ("method", "Acting()")


def test_process_that_exits(folder):
    error = run(folder, lambda: os._exit(7)).error
    assert error == "The process ended with exit status 7 and without a result."


def test_process_that_is_killed(folder):
    result = run(folder, lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert result.error == "The process was ended by signal 9 (SIGKILL), most likely because memory ran out."


def test_process_does_not_leave_what_it_started(folder):
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    pid = find(folder, lambda: subprocess.Popen(command).pid)
    assert pid > 0
    assert wait_until(lambda: not is_alive(pid))


def test_process_has_as_many_threads_as_told(folder, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert find(folder, lambda: int(os.environ["OMP_NUM_THREADS"]), n_threads=3) == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert find(folder, lambda: int(os.environ["OMP_NUM_THREADS"]), n_threads=3) == 5


def test_processes_are_ended_with_the_block(folder):
    started, stages = threading.Event(), []

    def on_stage(stage):
        stages.append(stage)
        if stage == "fitting":
            started.set()

    results = []
    with Processes(folder) as processes:
        job = make_job(lambda: time.sleep(60))
        thread = threading.Thread(target=lambda: results.append(processes.run(job, on_stage=on_stage)))
        thread.start()
        assert started.wait(30)
    thread.join(10)
    assert not thread.is_alive()
    assert "signal 9" in results[0].error
    with pytest.raises(RuntimeError, match="no process is started any more"):
        processes.run(make_job(), on_stage=on_stage)


def test_process_ends_with_its_parent(folder, tmp_path):
    script = f"""
        import os, time
        import numpy as np
        from sklearn.dummy import DummyClassifier
        from classicvis.benchmark._measure import Job
        from classicvis.benchmark._processes import Processes

        class Sleeper(DummyClassifier):
            def fit(self, X, y):
                with open({str(tmp_path / "beside")!r}, "w") as file:
                    file.write(str(os.getpid()))
                os.rename({str(tmp_path / "beside")!r}, {str(tmp_path / "pid")!r})
                time.sleep(60)

        job = Job("method", Sleeper(), None, "X", None, {{}}, 8, False)
        with Processes({folder!r}) as processes:
            processes.run(job, on_stage=lambda stage: None)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    assert wait_until((tmp_path / "pid").exists, seconds=60)
    child = int((tmp_path / "pid").read_text())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not is_alive(child))
