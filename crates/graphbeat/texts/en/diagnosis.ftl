diagnosis-what = what
diagnosis-why = why
diagnosis-who = who
diagnosis-do = do
diagnosis-see = see
diagnosis-more = more
diagnosis-call = call
diagnosis-message = message
diagnosis-request-id = request id
diagnosis-client-request-id = our id
diagnosis-meaning = meaning
diagnosis-diagnosis = diagnosis
diagnosis-next-step = next step
diagnosis-latest = latest failure: {$operation} of {$account}
diagnosis-extent = {$count} {$count ->
    [one] operation
   *[other] operations
} of {$accounts} {$accounts ->
    [one] account
   *[other] accounts
} ({$account_names}): {$operation_names}
diagnosis-names = {$shown} and {$more} more
diagnosis-sums = {$operations} operations: {$counts}; {$calls} calls in {$seconds} s
diagnosis-no-call = there is no call `{$id}` in the ledger `{$ledger}`
diagnosis-no-call-hint = `graphbeat log` lists the calls with their ids; `--data` names another data directory
