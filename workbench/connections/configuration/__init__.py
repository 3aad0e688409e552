"""What people configured: files, environment variables, keys, and whom they trust."""
