"""A comparison as one file that others can keep, check and open without any server."""
