"""Networks behind scikit-learn's interface: torch trains, ONNX is kept, onnxruntime predicts."""

from classicvis.neural._classifier import CNNClassifier

__all__ = ["CNNClassifier"]
