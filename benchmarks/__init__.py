"""The benchmarks: `make bench` measures the figures in docs/performance.md."""
