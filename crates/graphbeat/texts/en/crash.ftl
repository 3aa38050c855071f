crash-report = what happened is in `{$path}`: the place, the way there and the last log lines, without secrets
crash-no-report = no report could be written ({$cause})
crash-hint = this is a bug in graphbeat: please look through that file and send it to the project
crash-again-hint = this is a bug in graphbeat; the reports of the crashes before tell enough
