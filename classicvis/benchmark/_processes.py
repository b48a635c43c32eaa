"""Jobs in fresh processes, one process a job, none of which outlives the comparison."""

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock, Thread
from uuid import uuid4

from joblib import effective_n_jobs

from classicvis.benchmark._data import save_data
from classicvis.benchmark._environment import count_cores
from classicvis.benchmark._measure import save_job
from classicvis.benchmark._runs import MethodRun, pool_folds

# A new interpreter, not multiprocessing: it neither forks nor runs the user's script a second time.
CHILD_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from classicvis.benchmark._measure import main; main(*sys.argv[2:])"
)
TICK_SECONDS = 1.0
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class RunsInterrupted(KeyboardInterrupt):
    """Ctrl-C has ended `run_jobs`; `runs` are those of the methods that are finished."""

    def __init__(self, runs):
        super().__init__()
        self.runs = runs


def run_jobs(jobs, data, *, n_jobs, verbose):
    """Run the jobs of methods: the first of each alone, since it is measured, the others together.

    Parameters
    ----------
    jobs : dict of str to list of Job
        The jobs by method.
    data : dict of str to array-like
        What the processes need: ``X``, ``y``, and the test data that jobs name.
    n_jobs : int or None
        How many of the other jobs to run at the same time, as joblib has it.
    verbose : bool
        Whether to show a progress bar (on a terminal).

    Returns
    -------
    runs : dict of str to MethodRun
        By method, with all folds put together.

    Raises
    ------
    RunsInterrupted
        On Ctrl-C, where a method is finished; otherwise a plain `KeyboardInterrupt`.
    """
    from tqdm import tqdm

    n_workers = effective_n_jobs(n_jobs)
    n_threads = max(1, count_cores() // n_workers) if n_workers > 1 else None
    runs = {}
    with (
        tempfile.TemporaryDirectory(prefix="classicvis-", ignore_cleanup_errors=True) as folder,
        tqdm(total=sum(map(len, jobs.values())), unit="fit", disable=None if verbose else True) as bar,
        ThreadPoolExecutor(n_workers) as pool,
        Processes(folder) as processes,  # left first: the threads of the pool then have nothing to wait for
    ):

        def run(job, n_threads):
            try:
                return processes.run(
                    job, on_stage=lambda stage: bar.set_description(f"{job.name}, {stage}"), n_threads=n_threads
                )
            except OSError as error:  # the disk is full: the methods that are finished must not be lost
                return MethodRun(job.name, repr(job.estimator), error=f"{type(error).__name__}: {error}")

        try:
            for name, X in data.items():
                save_data(X, folder, name)
            for name, (first, *others) in jobs.items():
                folds = _wait([pool.submit(run, first, None)], bar)
                if folds[0].error is None:
                    folds += _wait([pool.submit(run, job, n_threads) for job in others], bar)
                else:
                    bar.update(len(others))
                runs[name] = pool_folds(folds)
        except KeyboardInterrupt as interrupt:
            if runs:
                raise RunsInterrupted(runs) from interrupt
            raise
    return runs


def _wait(futures, bar):
    """Wait for futures, while the bar's clock goes on, and return their results."""
    for future in futures:
        future.add_done_callback(lambda future: bar.update())
    while wait(futures, timeout=TICK_SECONDS).not_done:  # without a limit it could not be interrupted
        bar.refresh()
    return [future.result() for future in futures]


class Processes:
    """Runs jobs in processes of their own; leaving the block ends those that still run.

    Parameters
    ----------
    folder : str
        Where the data are, and where jobs and runs are written.
    """

    def __init__(self, folder):
        self.folder = folder
        self._lock = Lock()
        self._running = set()
        self._closed = False

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        with self._lock:
            self._closed = True
            for process in self._running:
                _end(process)

    def run(self, job, *, on_stage, n_threads=None):
        """Run a job and wait for it. May be called from several threads.

        Parameters
        ----------
        job : Job
            What to do.
        on_stage : callable
            Called with the name of each stage as it begins.
        n_threads : int, default=None
            Number of threads of BLAS and OpenMP, unless the user's environment sets it; None leaves it alone.

        Returns
        -------
        run : MethodRun
            What the process has measured. The run of one that ended without a result has an error.
        """
        process, job_name = self._start(job, n_threads)
        listener = Thread(target=_pass_on_stages, args=(process.stdout, on_stage))
        listener.start()
        try:
            status = process.wait()
        finally:
            with self._lock:
                self._running.discard(process)
                _end(process)  # also what the process has started, which may hold the pipe open
            process.wait()
            listener.join()
            process.stdin.close()
            process.stdout.close()
        return self._read_run(job, job_name, status)

    def _start(self, job, n_threads):
        environment = dict(os.environ)
        if n_threads is not None:
            for variable in THREAD_VARIABLES:
                environment.setdefault(variable, str(n_threads))
        with self._lock:
            if self._closed:
                raise RuntimeError("The comparison is over: no process is started any more.")
            job_name = uuid4().hex
            save_job(job, self.folder, job_name)
            arguments = [json.dumps([os.fspath(entry) for entry in sys.path]), self.folder, job_name]
            process = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-c", CHILD_CODE, *arguments],
                stdin=subprocess.PIPE,  # never written to: it closes when this process ends, however it ends
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                **_own_group(),
            )
            self._running.add(process)
        return process, job_name

    def _read_run(self, job, job_name, status):
        path = os.path.join(self.folder, f"{job_name}.run")
        if not os.path.exists(path):
            return MethodRun(job.name, repr(job.estimator), error=_describe_death(status))
        with open(path, "rb") as file:
            return pickle.load(file)


def _pass_on_stages(stream, on_stage):
    for line in stream:
        on_stage(json.loads(line))


def _own_group():
    """Return what makes a child the head of a group: Ctrl-C does not reach it, and all of it can be ended."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _end(process):
    """End a process and what it has started."""
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _describe_death(status):
    if status >= 0:
        return f"The process ended with exit status {status} and without a result."
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    hint = ", most likely because memory ran out" if name == "SIGKILL" else ""
    return f"The process was ended by signal {-status} ({name}){hint}."
