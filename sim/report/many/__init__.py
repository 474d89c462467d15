"""The combined report of ``--multirun``: all its jobs on one page, made of their single reports."""

from sim.report.many.jobs import Job
from sim.report.many.write import FILES, write_jobs

__all__ = ["FILES", "Job", "write_jobs"]
