printer-more = … and {$count} more
