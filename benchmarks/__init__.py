"""What the performance page quotes, measured by `make bench`."""
