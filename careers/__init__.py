"""The public doors: applicant endpoint, feed and career pages. A boundary without tables of its own."""
