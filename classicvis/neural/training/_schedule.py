"""How the learning rate goes: one cycle in `fit`, a slow fall in `partial_fit`."""

WARM_UP = 0.2  # share of a cycle in which the learning rate rises; then it falls to zero, both linearly
STREAM_WARM_UP = 100  # steps of a stream in which the learning rate rises; then it falls with the root of the steps


class Schedule:
    """Sets the learning rates of some optimizers before each step, as a share of their peaks.

    Parameters
    ----------
    optimizers : list of torch.optim.Optimizer
        Fresh ones, whose learning rates are the peaks.
    """

    def __init__(self, optimizers):
        self.optimizers = optimizers
        self.peaks = [group["lr"] for group in self._groups()]
        self.n_done = 0

    def learning_rate(self):
        """Return the present learning rate."""
        return self.peaks[0] * self.factor()

    def step(self):
        """Set the learning rates for the next step of the optimizers."""
        factor = self.factor()
        for group, peak in zip(self._groups(), self.peaks, strict=True):
            group["lr"] = peak * factor
        self.n_done += 1

    def _groups(self):
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]


class OneCycle(Schedule):
    """Raises the learning rate from near zero to its peak, and lowers it to zero by the end of steps or time.

    Parameters
    ----------
    optimizers : list of torch.optim.Optimizer
        As in `Schedule`.
    n_steps : int
        Steps of the cycle.
    clock : Clock
        Where the time is further on than the steps, it tells the place in the cycle.
    """

    def __init__(self, optimizers, n_steps, clock):
        super().__init__(optimizers)
        self.n_steps = n_steps
        self.clock = clock

    def factor(self):
        """Return the present share of the peak."""
        done = max((self.n_done + 0.5) / self.n_steps, self.clock.share())
        return done / WARM_UP if done < WARM_UP else (1 - done) / (1 - WARM_UP)


class InverseRoot(Schedule):
    """Raises the learning rate over the first steps, and lowers it with the root of their number [1]_.

    References
    ----------
    .. [1] Vaswani et al.: Attention is all you need, section 5.3. arXiv:1706.03762 (2017)
    """

    def factor(self):
        """Return the present share of the peak."""
        step = self.n_done + 1
        return min(step / STREAM_WARM_UP, (STREAM_WARM_UP / step) ** 0.5)
