"""Muon: momentum whose step is made orthogonal, for the filters of convolutions."""

import torch

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # coefficients of the quintic iteration in the reference
N_ITERATIONS = 4


class Muon(torch.optim.Optimizer):
    """Nesterov momentum with orthogonalised steps on filters of fixed norm.

    Each filter bank is taken as a matrix, one row a filter. Its momentum is replaced by the nearest
    semi-orthogonal matrix, so that every direction learns equally fast, and the bank is brought back to a
    root mean square row norm of one at each step: batch normalisation follows, so that its scale is free, and
    the learning rate is relative to it.

    Parameters
    ----------
    params : iterable of Parameter
        Filter banks, four-dimensional.
    lr : float
        Learning rate.
    momentum : float, default=0.6
        Share of the last step's momentum that is kept.

    References
    ----------
    .. [1] Keller Jordan et al.: Muon: an optimizer for hidden layers in neural networks (2024),
       https://kellerjordan.github.io/posts/muon/
    .. [2] Keller Jordan: 94% on CIFAR-10 in 3.29 seconds on a single GPU. arXiv:2404.00498 (2024)
    """

    def __init__(self, params, lr, momentum=0.6):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        """Take one step along the gradients."""
        for group in self.param_groups:
            for filters in group["params"]:
                state = self.state[filters]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(filters)
                momentum = state["momentum"]
                momentum.mul_(group["momentum"]).add_(filters.grad)
                direction = filters.grad.add(momentum, alpha=group["momentum"])
                filters.mul_(len(filters) ** 0.5 / filters.norm().clamp_min(1e-7))
                step = orthogonalise(direction.flatten(1)).view(filters.shape)
                filters.add_(step, alpha=-group["lr"])


def orthogonalise(matrix):
    """Push the singular values of a matrix towards one by Newton-Schulz iterations, equation 2 of [1]_.

    Parameters
    ----------
    matrix : Tensor of shape (m, n)
        Any matrix.

    Returns
    -------
    orthogonal : Tensor of shape (m, n)
        The same singular vectors with singular values near one (0.7 to 1.2); zeros stay zeros.
    """
    a, b, c = NEWTON_SCHULZ
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if is_tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(N_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if is_tall else x
