"""Why a job, a computer or the whole farm does not render, in codes of spool/obstacles.py. Only reads."""
