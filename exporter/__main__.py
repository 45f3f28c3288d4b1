"""`python -m exporter` is the command `fusebill-exporter`."""

from exporter.cli import main

main()
