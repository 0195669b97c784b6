"""Why a job, a computer or the whole farm does not render: what is known, as codes of spool/obstacles.py. Only reads."""
