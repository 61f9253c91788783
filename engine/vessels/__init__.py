"""The vessels of the liver: trees, their names, what they supply and drain."""
