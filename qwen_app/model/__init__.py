"""The model: architecture, KV cache, quantized linears, loading, catalogue."""
