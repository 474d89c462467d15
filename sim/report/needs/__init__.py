"""What a campaign needs, for readers: the page, a workbook, a calendar, tasks and a message."""
