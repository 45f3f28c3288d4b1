"""Job lives in virtual time, which the real program watches, and the alerts about them.

`making` makes a world from a seed, and `program` lets the exporter watch it. `promtool` asks the
shipped rules about what the exporter showed. `evidence` gathers what could be known at each minute,
and `judge` says in sentences what the alerts did wrong.

Run as `python -m tests.prometheus.simulation SEED`.
"""
