"""The commands of `cantlie`: each a module with its arguments and what it prints."""
