import numpy as np
import pytest

from classicvis.benchmark import _memory
from classicvis.benchmark._memory import PeakMemory


def test_peak_memory_sees_what_is_gone_again():
    memory = PeakMemory()
    np.ones(300_000_000, dtype=np.uint8).sum()
    assert 150e6 < memory.rise() < 400e6  # the system may take back pages meanwhile


def test_peak_memory_starts_anew():
    np.ones(120_000_000, dtype=np.uint8).sum()
    memory = PeakMemory()
    np.ones(1_000_000, dtype=np.uint8).sum()
    assert memory.rise() < 20e6


def use_twice_the_peak():
    """Use twice as much memory as this process has ever held, and return how many bytes that is."""
    n_bytes = 2 * _memory._peak_bytes()
    np.ones(n_bytes, dtype=np.uint8).sum()
    return n_bytes


def test_peak_memory_where_the_peak_cannot_be_reset():
    memory = PeakMemory(reset=False)
    assert memory.rise() < 20e6
    assert use_twice_the_peak() == pytest.approx(memory.rise(), rel=0.6)


def test_peak_memory_where_the_system_keeps_no_status(monkeypatch):
    monkeypatch.setattr(_memory, "_status_bytes", lambda field: None)
    memory = PeakMemory()
    assert memory.rise() < 20e6
    assert use_twice_the_peak() == pytest.approx(memory.rise(), rel=0.6)
