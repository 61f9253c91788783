"""Closed triangle surfaces as half-edges."""
