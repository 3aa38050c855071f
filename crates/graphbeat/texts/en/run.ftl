run-started =
    { $count ->
        [one] the agent runs one account; Ctrl-C stops it
       *[other] the agent runs {$count} accounts; Ctrl-C stops it
    }
run-lateness = {$ms} ms at most
