"""Where a day begins: to-do, notifications, getting started, reports."""
