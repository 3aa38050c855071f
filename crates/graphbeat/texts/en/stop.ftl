stop-early = stopped before everything was put away
stop-early-hint = the next start of graphbeat settles what is open
stop-no-runtime = the operating system gave no threads or signals ({$error})
stop-log-filter = `{$variable}` is no log filter
stop-log-filter-hint = for example: GRAPHBEAT_LOG=info, or GRAPHBEAT_LOG=warn,graphbeat_engine=debug
