"""Network cards, network definitions and safetensors weights. Imports nothing of ours."""
