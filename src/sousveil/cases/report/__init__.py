"""report.html: one page for the person, then the annex for the expert who helps."""

from sousveil.cases.report.html import report_html

__all__ = ["report_html"]
