"""The daemon on every workstation: finds work in the spool, runs it, reports."""
