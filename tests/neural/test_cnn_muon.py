"""The optimizer of the filters."""

import torch

from classicvis.neural.architectures._muon import Muon, orthogonalise


def test_orthogonalise_brings_singular_values_near_one():
    generator = torch.Generator().manual_seed(0)
    for shape in [(8, 72), (64, 64), (90, 10)]:
        matrix = torch.randn(shape, generator=generator)
        left, values, right = torch.linalg.svd(matrix, full_matrices=False)
        result = orthogonalise(matrix)
        new_values = torch.diag(left.T @ result @ right.T)
        assert result.shape == matrix.shape
        keeps = values > 0.1 * values.max()
        assert ((new_values > 0.3) & (new_values < 1.3))[keeps].all()
        torch.testing.assert_close(result, left @ torch.diag(new_values) @ right, atol=1e-4, rtol=0)


def test_orthogonalise_keeps_zero():
    assert not orthogonalise(torch.zeros(4, 9)).any()


def test_muon_keeps_the_norm_of_filters_and_goes_downhill():
    generator = torch.Generator().manual_seed(0)
    target = torch.randn((6, 2, 3, 3), generator=generator)
    target *= 6**0.5 / target.norm()
    filters = torch.nn.Parameter(torch.randn((6, 2, 3, 3), generator=generator))
    optimizer = Muon([filters], lr=0.05)
    losses = []
    for _ in range(60):
        loss = ((filters - target) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[1]
    assert abs(filters.norm().item() - 6**0.5) < 0.2
