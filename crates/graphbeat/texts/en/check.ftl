check-stopped = stopped before all operations had run
check-stopped-hint = what journeys made is removed at the next start, or by `graphbeat clean`
