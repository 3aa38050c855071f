failure-error = error: {$sentence}
failure-detail = detail: {$sentence}
failure-hint = hint: {$sentence}
failure-crash = graphbeat crashed at {$place}
failure-bug-hint = this is a bug in graphbeat: please report it with this text
failure-output = could not write the output ({$cause})
failure-output-hint = check the disk and where the output goes
failure-csv = could not write the output as CSV ({$cause})
