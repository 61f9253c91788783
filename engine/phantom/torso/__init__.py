"""The torso as an implicit function."""
