"""Networks behind scikit-learn's interface: torch trains, ONNX is kept, onnxruntime predicts."""

from classicvis.neural._classifier import CNNClassifier
from classicvis.neural._onnx_transformer import ONNXTransformer

__all__ = ["CNNClassifier", "ONNXTransformer"]
