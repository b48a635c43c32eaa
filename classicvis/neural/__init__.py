"""Networks behind scikit-learn's interface: torch trains, ONNX is kept, onnxruntime predicts."""

from classicvis.neural._classifier import CNNClassifier
from classicvis.neural._onnx_classifier import ONNXClassifier
from classicvis.neural._onnx_transformer import ONNXTransformer
from classicvis.neural._quantize import quantize
from classicvis.neural._save import save_onnx

__all__ = ["CNNClassifier", "ONNXClassifier", "ONNXTransformer", "quantize", "save_onnx"]
