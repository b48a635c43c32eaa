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


def test_peak_memory_where_the_peak_cannot_be_reset(monkeypatch):
    monkeypatch.setattr(_memory, "_reset_peak", lambda: False)
    memory = PeakMemory()
    assert memory.rise() >= 0
    large = 2 * _memory._peak_bytes()
    np.ones(large, dtype=np.uint8).sum()
    assert memory.rise() == pytest.approx(large, rel=0.6)


def test_peak_memory_where_the_system_keeps_no_status(monkeypatch):
    monkeypatch.setattr(_memory, "_status_bytes", lambda field: None)
    memory = PeakMemory()
    assert memory.rise() >= 0
    assert _memory._peak_bytes() > 10e6
