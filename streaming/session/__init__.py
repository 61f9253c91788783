"""A shared planning session: a pure core of operations, people and drags, and the shell that keeps and sends."""
