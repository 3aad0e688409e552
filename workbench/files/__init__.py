"""Tables and other files as people bring them and take them away."""
