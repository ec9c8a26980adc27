"""Files: PyTorch's own, safetensors, GGUF."""
