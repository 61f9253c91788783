"""Curved cuts: the frame of a Bezier surface, its handles, and ways to make one."""
