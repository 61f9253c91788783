"""Territories of the liver as cuts."""
