"""How long a fit has taken, and how long it may take."""

from time import perf_counter


class Clock:
    """The time since a fit began, and its limit.

    Parameters
    ----------
    limit : float or None, default=None
        Seconds that the fit may take; None sets no limit.
    """

    def __init__(self, limit=None):
        self.limit = limit
        self.preparation = 0.0  # seconds before the first step
        self.last_step = 0.0  # seconds that it took
        self.reserve = 0.0  # seconds to keep for what follows the last step
        self.start = perf_counter()

    def elapsed(self):
        """Return the seconds that the fit has taken, those before an interruption included."""
        return perf_counter() - self.start

    def begin_training(self):
        """Say that what comes before the first step is done."""
        self.preparation = self.elapsed()

    def share(self):
        """Return the share of the time for training that is over, at most 1; 0 without a limit."""
        if self.limit is None:
            return 0.0
        available = self.limit - self.preparation - self.reserve
        return min((self.elapsed() - self.preparation) / available, 1.0) if available > 0 else 1.0

    def has_time(self):
        """Say whether a step like the last one would end within the limit."""
        return self.limit is None or self.elapsed() + self.last_step <= self.limit - self.reserve

    def add(self, seconds):
        """Count time that an earlier process has spent on the fit."""
        self.start -= seconds
